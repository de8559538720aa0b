//! Revokes a token.

use super::super::audit::Entry;
use super::visible;
use crate::app_state::AppState;
use crate::error::Result;
use crate::storage::tokens;
use app::{Actor, AppError};
use domain::AuditEvent;

pub async fn revoke(state: &AppState, actor: &Actor, id: &str) -> Result<String> {
    let mut transaction = state.storage.write().await?;
    let gone = || AppError::NotFound("There is no such token. It may have been revoked.".to_owned());
    let token = tokens::find(&mut transaction, visible(actor)?, id).await?.ok_or_else(gone)?;
    tokens::delete(&mut transaction, id).await?;
    let mut entry = Entry::own(actor, AuditEvent::RevokeToken).about(&token.id, &token.name);
    if let (Some(id), Some(name)) = (&token.workspace_id, &token.workspace) {
        entry = entry.in_workspace(id, name);
    }
    entry.record(state, &mut transaction).await?;
    transaction.commit().await?;
    Ok(token.name)
}
