//! Requests a check.

use crate::app_state::AppState;
use crate::error::Result;
use crate::storage::checks;

/// Makes these registries due. Returns how many of them exist.
pub async fn check(state: &AppState, ids: &[String]) -> Result<u64> {
    let mut transaction = state.storage.write().await?;
    let found = checks::ask_for(&mut transaction, ids, state.clock.now()).await?;
    transaction.commit().await?;
    state.scheduler.wake();
    Ok(ids.iter().filter(|id| found.contains(*id)).count() as u64)
}
