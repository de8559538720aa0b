//! Whether changes can be stored right now.

use super::database::Storage;
use super::error::{Result, Unavailable};
use crate::clock::Clock;
use tokio::sync::Mutex;

/// How long a result is cached: anyone may ask, and each attempt writes to the disk. Milliseconds.
const CACHED_FOR: i64 = 1_000;

/// The last result and its time.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(i64, Result<(), Unavailable>)>>);

impl Readiness {
    /// Tries to write. Concurrent callers wait for the same result.
    ///
    /// # Errors
    /// Returns the reason if nothing can be stored.
    pub async fn check(&self, storage: &Storage, clock: &dyn Clock) -> Result<(), Unavailable> {
        let mut last = self.0.lock().await;
        if let Some((at, answer)) = *last
            && clock.monotonic() - at < CACHED_FOR
        {
            return answer;
        }
        let answer = write_probe(storage).await.map_err(|error| {
            tracing::warn!(%error, "not ready: cannot write to the database");
            error.unavailable().unwrap_or(Unavailable::DiskFailing)
        });
        *last = Some((clock.monotonic(), answer));
        answer
    }
}

/// Writes and syncs a row that nothing reads. No other test reliably shows that changes can be stored.
async fn write_probe(storage: &Storage) -> Result<()> {
    let mut transaction = storage.write().await?;
    transaction.query(
        "insert into write_probe (id, writes) values (1, 1) on conflict (id) do update set writes = write_probe.writes + 1",
    )
    .execute()
    .await?;
    transaction.commit().await
}
