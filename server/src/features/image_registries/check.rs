//! Requests a check.

use super::{permit_all, record_all};
use crate::app_state::AppState;
use crate::auth::scope;
use crate::error::Result;
use crate::storage::{checks, image_registries};
use app::Actor;
use domain::{Action, AuditEvent};

/// Makes these registries due. Returns how many of them exist.
pub async fn check(state: &AppState, actor: &Actor, ids: &[String]) -> Result<u64> {
    let mut transaction = state.storage.write().await?;
    transaction.lock_registries(ids).await?;
    let found = image_registries::summaries(&mut transaction, scope(actor), ids).await?;
    let permits = permit_all(actor, Action::CheckRegistry, &found)?;
    record_all(state, &mut transaction, &permits, AuditEvent::CheckRegistry, &found).await?;
    let existing: Vec<_> = found.into_iter().map(|registry| registry.id).collect();
    checks::ask_for(&mut transaction, &existing, state.clock.now()).await?;
    transaction.commit().await?;
    state.scheduler.wake();
    Ok(existing.len() as u64)
}
