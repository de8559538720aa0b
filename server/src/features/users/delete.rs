//! Deletes a user.

use super::super::audit::Entry;
use super::{commit_with_administrator, find};
use crate::app_state::AppState;
use crate::auth::authorize;
use crate::error::Result;
use crate::events::{self, Message};
use crate::storage::{sessions, users};
use app::Actor;
use domain::{Action, AuditEvent, Resource};

/// Returns the name of the user.
pub async fn delete(state: &AppState, actor: &Actor, id: &str) -> Result<String> {
    let permit = authorize(actor, Action::ManageUsers, Resource::Everything)?;
    let mut transaction = state.storage.write().await?;
    transaction.lock_accounts().await?;
    let user = find(&mut transaction, id).await?;
    sessions::delete_of_account(&mut transaction, id).await?;
    users::delete(&mut transaction, id).await?;
    Entry::permitted(&permit, AuditEvent::DeleteUser).about(id, &user.name).record(state, &mut transaction).await?;
    events::publish(&mut transaction, &Message::SessionsEnded(id.to_owned()));
    commit_with_administrator(transaction, &user.name).await?;
    Ok(user.name)
}
