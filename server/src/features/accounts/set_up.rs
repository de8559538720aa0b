//! Creates the first administrator, with the one-time link that the server prints.

use super::super::audit::Entry;
use super::{reject_invalid_password, session};
use crate::app_state::AppState;
use crate::auth::SetupLinkError;
use crate::entropy;
use crate::error::Result;
use crate::storage::accounts::{self, NewAccountRecord};
use crate::storage::setup_link;
use app::{AppError, NewAccount, SessionToken, Visitor};
use domain::{AuditEvent, Secret};

/// Whether there is no administrator yet. Another server may have created one.
pub async fn is_awaited(state: &AppState) -> Result<bool> {
    if state.setup_link.token().is_none() {
        return Ok(false);
    }
    let exists = accounts::exist(&mut state.storage.reader().await?).await?;
    if exists {
        state.setup_link.use_up();
    }
    Ok(!exists)
}

pub async fn check(state: &AppState, token: &Secret) -> Result<()> {
    is_awaited(state).await?;
    state.setup_link.verify(token).map_err(|error| match error {
        SetupLinkError::UsedUp => AppError::no_such_page(),
        SetupLinkError::WrongToken => AppError::Forbidden(
            "This is not the setup link that the server printed when it started. Copy it from there.".to_owned(),
        ),
    })?;
    Ok(())
}

pub async fn set_up(state: &AppState, visitor: &Visitor, fields: &NewAccount) -> Result<SessionToken> {
    check(state, &fields.token).await?;
    reject_invalid_password(fields.field_errors(), &fields.new_password)?;
    let password_hash = state.hashing.hash(&fields.new_password).await?;
    let id = entropy::id(&*state.entropy);
    let account = NewAccountRecord { id: &id, name: &fields.user_name, password_hash: &password_hash };
    let mut transaction = state.storage.write().await?;
    // Two requests may get here at once. The second one waits for the first, and finds an account.
    if !accounts::insert_first(&mut transaction, account, state.clock.now()).await? {
        state.setup_link.use_up();
        return Err(AppError::no_such_page().into());
    }
    setup_link::delete(&mut transaction).await?;
    let who = Some((id.as_str(), fields.user_name.as_str()));
    Entry::of(&visitor.client, who, AuditEvent::SetUp).record(state, &mut transaction).await?;
    let token = session::begin(state, &mut transaction, &id, &visitor.client).await?;
    transaction.commit().await?;
    // Only after the commit: if nothing was stored, the link has to keep working.
    state.setup_link.use_up();
    Ok(token)
}
