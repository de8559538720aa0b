//! What a user may do everywhere, and whether at all.

use super::{commit_with_administrator, find};
use crate::app_state::AppState;
use crate::auth::authorize;
use crate::error::Result;
use crate::events::{self, Message};
use crate::storage::{sessions, users};
use app::Actor;
use domain::{Action, Resource, Role};

pub async fn set_role(state: &AppState, actor: &Actor, id: &str, role: Option<Role>) -> Result<()> {
    authorize(actor, Action::ManageUsers, Resource::Everything)?;
    let mut transaction = state.storage.write().await?;
    transaction.lock_accounts().await?;
    let user = find(&mut transaction, id).await?;
    users::set_role(&mut transaction, id, role).await?;
    events::publish(&mut transaction, &Message::RightsChanged(id.to_owned()));
    commit_with_administrator(transaction, &user.name).await
}

pub async fn set_disabled(state: &AppState, actor: &Actor, id: &str, disabled: bool) -> Result<()> {
    authorize(actor, Action::ManageUsers, Resource::Everything)?;
    let mut transaction = state.storage.write().await?;
    transaction.lock_accounts().await?;
    let user = find(&mut transaction, id).await?;
    users::set_disabled(&mut transaction, id, disabled.then(|| state.clock.now())).await?;
    if disabled {
        sessions::delete_of_account(&mut transaction, id).await?;
        events::publish(&mut transaction, &Message::SessionsEnded(id.to_owned()));
    }
    commit_with_administrator(transaction, &user.name).await
}
