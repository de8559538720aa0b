//! Whether a change can be stored right now.

use crate::clock::Clock;
use crate::error::write_failure;
use crate::store::Store;
use app::WriteFailure;
use tokio::sync::Mutex;

/// How long an answer is cached: strangers may ask, and each try is a write to the disk. Milliseconds.
const CACHED_FOR: i64 = 1_000;

/// The last answer, and when it was found.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(i64, Result<(), WriteFailure>)>>);

impl Readiness {
    /// Tries to write. Whoever asks while that is under way waits for the same answer.
    ///
    /// # Errors
    /// Why nothing can be stored.
    pub async fn check(&self, store: &Store, clock: &dyn Clock) -> Result<(), WriteFailure> {
        let mut last = self.0.lock().await;
        if let Some((at, answer)) = *last
            && clock.monotonic() - at < CACHED_FOR
        {
            return answer;
        }
        let written = store.prove_writable().await;
        let answer = written.map_err(|error| {
            tracing::warn!(%error, "not ready: the database cannot be written");
            write_failure(&error).unwrap_or(WriteFailure::DiskFailing)
        });
        *last = Some((clock.monotonic(), answer));
        answer
    }
}
