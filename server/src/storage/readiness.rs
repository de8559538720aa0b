//! Whether a change can be stored right now.

use super::database::Storage;
use super::error::{Result, Unavailable};
use crate::clock::Clock;
use tokio::sync::Mutex;

/// How long an answer is cached: anyone may ask, and each attempt is a write to the disk. Milliseconds.
const CACHED_FOR: i64 = 1_000;

/// The last answer, and when it was found.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(i64, Result<(), Unavailable>)>>);

impl Readiness {
    /// Tries to write. Others that ask in the meantime wait for the same answer.
    ///
    /// # Errors
    /// Why nothing can be stored.
    pub async fn check(&self, storage: &Storage, clock: &dyn Clock) -> Result<(), Unavailable> {
        let mut last = self.0.lock().await;
        if let Some((at, answer)) = *last
            && clock.monotonic() - at < CACHED_FOR
        {
            return answer;
        }
        let answer = write_probe(storage).await.map_err(|error| {
            tracing::warn!(%error, "not ready: the database cannot be written");
            error.unavailable().unwrap_or(Unavailable::DiskFailing)
        });
        *last = Some((clock.monotonic(), answer));
        answer
    }
}

/// Writes and syncs a row that nobody reads: the only reliable test of whether a change can be stored.
async fn write_probe(storage: &Storage) -> Result<()> {
    let mut transaction = storage.write().await?;
    sqlx::query(
        "insert into write_probe (id, writes) values (1, 1) on conflict (id) do update set writes = write_probe.writes + 1",
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}
