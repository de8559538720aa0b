//! Sets a password with a one-time link.

use super::super::accounts::{begin_session, reject_invalid_password};
use super::super::audit::Entry;
use crate::app_state::AppState;
use crate::entropy;
use crate::error::Result;
use crate::events::{self, Message};
use crate::storage::password_links::{self, LinkRecord};
use crate::storage::sessions;
use app::users::NewPassword;
use app::{AppError, SessionToken, Visitor};
use domain::{AuditEvent, Secret};

/// The account of a link that can still be used.
pub async fn check(state: &AppState, token: &Secret) -> Result<LinkRecord> {
    let id = entropy::token_hash(token.expose());
    let found = password_links::find(&mut state.storage.reader().await?, &id, state.clock.now()).await?;
    Ok(found.ok_or_else(no_longer_valid)?)
}

pub async fn set(state: &AppState, visitor: &Visitor, fields: &NewPassword) -> Result<SessionToken> {
    let account = check(state, &fields.token).await?;
    reject_invalid_password(fields.field_errors(&account.name), &fields.new_password)?;
    let hash = state.hashing.hash(&fields.new_password).await?;
    let mut transaction = state.storage.write().await?;
    transaction.lock_accounts().await?;
    let (id, now) = (entropy::token_hash(fields.token.expose()), state.clock.now());
    // Again: it may have been used, withdrawn, or run out while the password was hashed.
    let account = password_links::find(&mut transaction, &id, now).await?.ok_or_else(no_longer_valid)?;
    password_links::withdraw(&mut transaction, &account.account_id).await?;
    password_links::set_password(&mut transaction, &account.account_id, &hash, now).await?;
    sessions::delete_of_account(&mut transaction, &account.account_id).await?;
    if let Some(before) = &visitor.actor {
        sessions::delete(&mut transaction, &before.session_id).await?;
        events::publish(&mut transaction, &Message::SessionEnded(before.session_id.clone()));
    }
    let who = Some((account.account_id.as_str(), account.name.as_str()));
    Entry::of(&visitor.client, who, AuditEvent::SetPassword).record(state, &mut transaction).await?;
    let token = begin_session(state, &mut transaction, &account.account_id, &visitor.client).await?;
    events::publish(&mut transaction, &Message::SessionsEnded(account.account_id));
    transaction.commit().await?;
    Ok(token)
}

/// The same whether it was used, withdrawn or replaced, has run out, or never existed.
fn no_longer_valid() -> AppError {
    AppError::NotFound("This link no longer works. Ask an administrator for another one.".to_owned())
}
