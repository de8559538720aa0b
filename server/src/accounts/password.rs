//! Changing a password.

use super::log_in::wait_for_turn;
use super::session;
use crate::app_state::AppState;
use crate::error::{Result, refuse};
use app::{Actor, AppError, PasswordChange, SessionToken};
use domain::field_error;

pub async fn change(state: &AppState, actor: &Actor, fields: &PasswordChange) -> Result<SessionToken> {
    refuse(fields.field_errors(&actor.user_name))?;
    // A stolen session must not be a way to guess the password.
    let priority = wait_for_turn(state, actor.address, &actor.user_name).await?;
    let before: Option<String> = sqlx::query_scalar("select password_hash from account where id = ?")
        .bind(&actor.user_id)
        .fetch_optional(state.store.readers())
        .await?;
    let wrong = || AppError::Validation(vec![field_error("current_password", "This is not your current password.")]);
    if !state.hashing.verify(&fields.current_password, before.clone(), priority).await? {
        return Err(wrong().into());
    }
    state.throttle.forgive(actor.address, &actor.user_name);
    let hash = state.hashing.hash(&fields.new_password).await?;
    let mut transaction = state.store.write().await?;
    // Unless it was changed while it was verified.
    let changed =
        sqlx::query("update account set password_hash = ?, password_changed_at = ? where id = ? and password_hash = ?")
            .bind(hash)
            .bind(state.clock.now())
            .bind(&actor.user_id)
            .bind(before)
            .execute(&mut *transaction)
            .await?;
    if changed.rows_affected() == 0 {
        return Err(wrong().into());
    }
    session::forget_all(&mut transaction, &actor.user_id).await?;
    let token = session::begin(state, &mut transaction, &actor.user_id).await?;
    state.events.end_sessions_of(&actor.user_id);
    transaction.commit().await?;
    Ok(token)
}
