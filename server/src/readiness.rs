//! Whether a change can be stored right now.

use crate::store::Store;
use crate::trouble::write_failure;
use app::WriteFailure;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long an answer is repeated without trying again: strangers may ask, and each try is a write to the disk.
const REPEATED_FOR: Duration = Duration::from_secs(1);

/// The last answer, and when it was found.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(Instant, Result<(), WriteFailure>)>>);

impl Readiness {
    /// Tries to write. Whoever asks while that is under way waits for the same answer.
    ///
    /// # Errors
    /// Why nothing can be stored.
    pub async fn check(&self, store: &Store) -> Result<(), WriteFailure> {
        let mut last = self.0.lock().await;
        if let Some((at, answer)) = *last
            && at.elapsed() < REPEATED_FOR
        {
            return answer;
        }
        let written = store.prove_writable().await;
        let answer = written.map_err(|error| {
            tracing::warn!(%error, "not ready: the database cannot be written");
            write_failure(&error).unwrap_or(WriteFailure::DiskFailing)
        });
        *last = Some((Instant::now(), answer));
        answer
    }
}
