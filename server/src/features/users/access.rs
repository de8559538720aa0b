//! What a user may do everywhere, and whether at all.

use super::super::audit::Entry;
use super::{commit_with_administrator, find};
use crate::app_state::AppState;
use crate::auth::authorize;
use crate::error::Result;
use crate::events::{self, Message};
use crate::storage::{sessions, users};
use app::Actor;
use domain::{Action, AuditChange, AuditEvent, Resource, Role};

pub async fn set_role(state: &AppState, actor: &Actor, id: &str, role: Option<Role>) -> Result<()> {
    let permit = authorize(actor, Action::ManageUsers, Resource::Everything)?;
    let mut transaction = state.storage.write().await?;
    transaction.lock_accounts().await?;
    let user = find(&mut transaction, id).await?;
    users::set_role(&mut transaction, id, role).await?;
    Entry::permitted(&permit, AuditEvent::ChangeRole)
        .about(id, &user.name)
        .with_changes(role_change(user.role, role))
        .record(state, &mut transaction)
        .await?;
    events::publish(&mut transaction, &Message::RightsChanged(id.to_owned()));
    commit_with_administrator(transaction, &user.name).await
}

/// The change of what a user may do everywhere.
pub fn role_change(before: Option<Role>, after: Option<Role>) -> Option<AuditChange> {
    let text = |role: Option<Role>| role.map(Role::as_str).unwrap_or_default();
    AuditChange::of("Role everywhere", text(before), text(after))
}

pub async fn set_disabled(state: &AppState, actor: &Actor, id: &str, disabled: bool) -> Result<()> {
    let permit = authorize(actor, Action::ManageUsers, Resource::Everything)?;
    let mut transaction = state.storage.write().await?;
    transaction.lock_accounts().await?;
    let user = find(&mut transaction, id).await?;
    users::set_disabled(&mut transaction, id, disabled.then(|| state.clock.now())).await?;
    let event = if disabled { AuditEvent::DisableUser } else { AuditEvent::EnableUser };
    Entry::permitted(&permit, event).about(id, &user.name).record(state, &mut transaction).await?;
    if disabled {
        sessions::delete_of_account(&mut transaction, id).await?;
        events::publish(&mut transaction, &Message::SessionsEnded(id.to_owned()));
    }
    commit_with_administrator(transaction, &user.name).await
}
