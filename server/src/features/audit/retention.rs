//! For how long entries are kept.

use super::entry::{Entry, id_at};
use crate::app_state::AppState;
use crate::auth::authorize;
use crate::clock::DAY;
use crate::error::Result;
use crate::storage::settings::{self, AUDIT_RETENTION_DAYS};
use crate::storage::{Connection, StorageError, audit};
use app::Actor;
use domain::{Action, AuditChange, AuditEvent, Resource};
use std::sync::Arc;
use std::time::Duration;

/// How often old entries are deleted.
const INTERVAL: Duration = Duration::from_hours(1);

/// How many are deleted in one transaction: others wait meanwhile.
const AT_ONCE: u32 = 1_000;

/// The days for which entries are kept; `None` for ever.
pub async fn get(connection: &mut Connection) -> Result<Option<u32>, StorageError> {
    let stored = settings::get(connection, AUDIT_RETENTION_DAYS).await?;
    Ok(stored.and_then(|days| days.parse().ok()))
}

pub async fn set(state: &AppState, actor: &Actor, days: Option<u32>) -> Result<()> {
    let permit = authorize(actor, Action::ReadAudit, Resource::Everything)?;
    let text = |days: Option<u32>| days.map_or_else(|| "for ever".to_owned(), |days| format!("{days} days"));
    let mut transaction = state.storage.write().await?;
    let before = get(&mut transaction).await?;
    let stored = days.map(|days| days.to_string());
    settings::set(&mut transaction, AUDIT_RETENTION_DAYS, stored.as_deref()).await?;
    Entry::permitted(&permit, AuditEvent::ChangeRetention)
        .with_changes(AuditChange::of("Kept", text(before), text(days)))
        .record(state, &mut transaction)
        .await?;
    Ok(transaction.commit().await?)
}

/// Deletes entries that are too old, every hour. Never returns.
pub async fn forget_old_entries(state: Arc<AppState>) {
    loop {
        if let Err(error) = forget(&state).await {
            tracing::warn!(%error, "old entries of the audit trail are still there; trying again in an hour");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Deletes entries that are too old now.
async fn forget(state: &AppState) -> Result<(), StorageError> {
    let Some(days) = get(&mut state.storage.reader().await?).await? else { return Ok(()) };
    let oldest = id_at(state.clock.now() - i64::from(days) * DAY);
    loop {
        let mut transaction = state.storage.write().await?;
        let deleted = audit::delete_before(&mut transaction, &oldest, AT_ONCE).await?;
        transaction.commit().await?;
        if deleted < u64::from(AT_ONCE) {
            return Ok(());
        }
    }
}
