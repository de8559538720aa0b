//! Repeats changes that collided with another one.

use crate::error::{Error, Result};
use std::time::Duration;

/// How often a change is tried.
const ATTEMPTS: u32 = 4;

/// The delay before the second attempt. It doubles with each further one.
const FIRST_DELAY: Duration = Duration::from_millis(20);

/// Runs a change, and again if PostgreSQL has rolled it back because it and another one waited for each other
/// (deadlock) or cannot be put in an order (serialization failure). Nothing of it was stored, so nothing happens twice.
///
/// # Errors
/// That of the last attempt.
pub async fn retry_conflicts<T, Change: Future<Output = Result<T>>>(mut change: impl FnMut() -> Change) -> Result<T> {
    let mut delay = FIRST_DELAY;
    for _ in 1..ATTEMPTS {
        match change().await {
            Err(Error::Storage(error)) if error.is_conflict() => tracing::info!(%error, "trying a change again"),
            done => return done,
        }
        tokio::time::sleep(delay).await;
        delay *= 2;
    }
    change().await
}
