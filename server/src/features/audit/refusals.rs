//! Records what somebody was not allowed to do.

use super::entry::Entry;
use crate::app_state::AppState;
use crate::auth::Refusal;
use crate::error::{Error, Result};
use crate::rate_limit::RateLimit;
use crate::storage::workspaces;
use app::{Actor, AppError};
use domain::{AuditChange, AuditEvent, AuditOutcome};

/// The most refusals of one action for one person or token that are recorded within [`WINDOW`]: nobody fills the disk with
/// requests that are refused, or hides one behind many of another kind.
const MOST: usize = 100;

/// Milliseconds.
const WINDOW: i64 = 10 * 60 * 1000;

/// How many refusals are recorded.
pub fn new_refusal_limit() -> RateLimit {
    RateLimit::new(MOST, WINDOW)
}

/// Turns the result of a use case into an answer, and records it if it was refused.
pub async fn recorded<T>(state: &AppState, actor: &Actor, done: Result<T>) -> Result<T, AppError> {
    if let Err(Error::Forbidden(refusal)) = &done {
        record(state, actor, refusal).await?;
    }
    Ok(done?)
}

async fn record(state: &AppState, actor: &Actor, refusal: &Refusal) -> Result<()> {
    // A person with many tokens counts once.
    let who = actor.account_id().or(actor.token.as_ref().map(|token| &*token.id)).unwrap_or_default();
    let event = AuditEvent::from(refusal.action);
    let key = format!("{who} {}", event.as_str());
    let Ok(left) = state.recorded_refusals.try_acquire(&key, state.clock.monotonic()) else { return Ok(()) };
    let mut entry = Entry::own(actor, event).with_outcome(AuditOutcome::Refused);
    if let Some(id) = &refusal.workspace_id {
        let name = workspaces::name_of(&mut state.storage.reader().await?, id).await?;
        entry = entry.in_workspace(id, &name.unwrap_or_default());
    }
    let mut changes = Vec::new();
    if let Some(object) = &refusal.object {
        entry = entry.about(&object.id, &object.name);
        changes.clone_from(&object.changes);
    }
    if left == 0 {
        let rest = format!("further refusals of this kind, more than {MOST} within 10 minutes");
        changes.extend(AuditChange::of("Not recorded", "", rest));
    }
    entry.with_changes(changes).record_alone(state).await;
    Ok(())
}
