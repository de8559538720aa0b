//! Changes a password.

use super::super::audit::Entry;
use super::turn::wait_for_turn;
use super::{reject_invalid_password, session};
use crate::app_state::AppState;
use crate::error::Result;
use crate::events::{self, Message};
use crate::storage::{accounts, sessions};
use app::{Actor, AppError, PasswordChange, SessionToken};
use domain::{AuditEvent, AuditOutcome, field_error};

pub async fn change(state: &AppState, actor: &Actor, fields: &PasswordChange) -> Result<SessionToken> {
    reject_invalid_password(fields.field_errors(&actor.user_name), &fields.new_password)?;
    // Throttled like a log-in: a stolen session must not allow guessing the password.
    let priority = wait_for_turn(state, actor.client.address, &actor.user_name).await?;
    let before = accounts::password_hash(&mut state.storage.reader().await?, &actor.user_id).await?;
    let wrong = || AppError::Validation(vec![field_error("current_password", "This is not your current password.")]);
    if !state.hashing.verify(&fields.current_password, before.clone(), priority).await? {
        let entry = Entry::own(actor, AuditEvent::ChangePassword).with_outcome(AuditOutcome::Failed);
        entry.record_alone(state).await;
        return Err(wrong().into());
    }
    state.throttle.forgive(actor.client.address, &actor.user_name);
    let hash = state.hashing.hash(&fields.new_password).await?;
    let mut transaction = state.storage.write().await?;
    let (id, now) = (&actor.user_id, state.clock.now());
    // Fails if the password was changed while this one was verified.
    if !accounts::change_password(&mut transaction, id, before.as_deref(), &hash, now).await? {
        return Err(wrong().into());
    }
    sessions::delete_of_account(&mut transaction, id).await?;
    Entry::own(actor, AuditEvent::ChangePassword).record(state, &mut transaction).await?;
    let token = session::begin(state, &mut transaction, &actor.user_id, &actor.client).await?;
    events::publish(&mut transaction, &Message::SessionsEnded(actor.user_id.clone()));
    transaction.commit().await?;
    Ok(token)
}
