//! Logs in. Neither the response nor its timing reveals whether a name exists (user enumeration).

use super::super::audit::Entry;
use super::session;
use super::turn::wait_for_turn;
use crate::app_state::AppState;
use crate::auth::is_outdated;
use crate::error::{Result, reject_invalid};
use crate::events::{self, Message};
use crate::storage::{accounts, sessions};
use app::{AppError, LogInFields, SessionToken, Visitor};
use domain::{AuditEvent, AuditOutcome, field_error};

/// The same sentence for every reason, so that it does not reveal whether a name exists.
const WRONG: &str = "Incorrect username or password.";

pub async fn log_in(state: &AppState, visitor: &Visitor, fields: &LogInFields) -> Result<SessionToken> {
    reject_invalid(fields.field_errors())?;
    let LogInFields { user_name, password } = fields;
    let priority = wait_for_turn(state, visitor.client.address, user_name).await?;
    let account = accounts::by_name(&mut state.storage.reader().await?, user_name).await?;
    let hash = account.as_ref().filter(|account| account.may_log_in()).map(|account| account.password_hash.clone());
    let right = state.hashing.verify(password, hash, priority).await?;
    // Never log the name: people mistakenly type their password there.
    let known = account.as_ref().map(|account| (account.id.clone(), account.name.clone()));
    let Some(account) = account.filter(|_| right) else {
        tracing::warn!(address = %visitor.client.address, account = known.as_ref().map(|(id, _)| id), "log-in failed");
        let known = known.as_ref().map(|(id, name)| (id.as_str(), name.as_str()));
        let entry = Entry::of(&visitor.client, known, AuditEvent::LogIn).with_outcome(AuditOutcome::Failed);
        entry.record_alone(state).await;
        return Err(AppError::Validation(vec![field_error("password", WRONG)]).into());
    };
    state.throttle.forgive(visitor.client.address, user_name);
    let renewed = match is_outdated(&account.password_hash) {
        // If the queue is full, the hash is renewed at the next log-in.
        true => state.hashing.hash(password).await.ok(),
        false => None,
    };

    let mut transaction = state.storage.write().await?;
    let hash = renewed.as_ref().unwrap_or(&account.password_hash);
    // If the password was changed during verification, the verified one is no longer valid.
    if !accounts::renew_hash(&mut transaction, &account.id, &account.password_hash, hash).await? {
        return Err(AppError::Validation(vec![field_error("password", WRONG)]).into());
    }
    if let Some(before) = &visitor.actor {
        sessions::delete(&mut transaction, &before.session_id).await?;
    }
    let who = Some((account.id.as_str(), account.name.as_str()));
    Entry::of(&visitor.client, who, AuditEvent::LogIn).record(state, &mut transaction).await?;
    let token = session::begin(state, &mut transaction, &account.id, &visitor.client).await?;
    if let Some(before) = &visitor.actor {
        events::publish(&mut transaction, &Message::SessionEnded(before.session_id.clone()));
    }
    transaction.commit().await?;
    tracing::info!(address = %visitor.client.address, account = account.id, "logged in");
    Ok(token)
}
