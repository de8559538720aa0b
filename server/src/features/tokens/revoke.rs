//! Revokes a token.

use super::super::audit::Entry;
use super::visible;
use crate::app_state::AppState;
use crate::auth::authorize;
use crate::error::Result;
use crate::storage::tokens;
use app::{Actor, AppError};
use domain::{Action, AuditEvent, Resource};

pub async fn revoke(state: &AppState, actor: &Actor, id: &str) -> Result<String> {
    let mut transaction = state.storage.write().await?;
    let gone = || AppError::NotFound("There is no such token. It may have been revoked.".to_owned());
    let token = tokens::find(&mut transaction, visible(actor)?, id).await?.ok_or_else(gone)?;
    let is_own = token.account_id.is_some() && token.account_id.as_deref() == actor.account_id();
    let entry = if is_own {
        Entry::own(actor, AuditEvent::RevokeToken)
    } else {
        let place = token.workspace_id.as_deref().map_or(Resource::Everything, Resource::Workspace);
        Entry::permitted(&authorize(actor, Action::ManageTokens, place)?, AuditEvent::RevokeToken)
    };
    let mut entry = entry.about(&token.id, &token.name);
    if let (Some(id), Some(name)) = (&token.workspace_id, &token.workspace) {
        entry = entry.in_workspace(id, name);
    }
    tokens::delete(&mut transaction, id).await?;
    entry.record(state, &mut transaction).await?;
    transaction.commit().await?;
    Ok(token.name)
}
