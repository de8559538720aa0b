//! Logging in.

use super::hashing::{Priority, is_outdated};
use super::session;
use crate::app_state::AppState;
use crate::error::{Result, refuse};
use crate::log_limit::LogLimit;
use app::{AppError, LogInFields, SessionToken, Visitor};
use domain::field_error;
use std::net::IpAddr;

/// One sentence for every way to fail: whether a name exists is not for strangers to know.
const WRONG: &str = "Username or password is wrong.";

#[derive(sqlx::FromRow)]
struct Account {
    id: String,
    password_hash: String,
}

pub async fn log_in(state: &AppState, visitor: &Visitor, fields: &LogInFields) -> Result<SessionToken> {
    refuse(fields.field_errors())?;
    let LogInFields { user_name, password } = fields;
    let priority = wait_for_turn(state, visitor.address, user_name).await?;
    let account: Option<Account> = sqlx::query_as("select id, password_hash from account where name = ?")
        .bind(user_name)
        .fetch_optional(state.store.readers())
        .await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let right = state.hashing.verify(password, hash, priority).await?;
    // Not the name: people type their password there.
    let known = account.as_ref().map(|account| account.id.clone());
    let Some(account) = account.filter(|_| right) else {
        tracing::warn!(address = %visitor.address, account = known, "a log-in failed");
        return Err(AppError::Validation(vec![field_error("password", WRONG)]).into());
    };
    state.throttle.forgive(visitor.address, user_name);
    let renewed = match is_outdated(&account.password_hash) {
        // If the queue is full, the next log-in will do.
        true => state.hashing.hash(password).await.ok(),
        false => None,
    };

    let mut transaction = state.store.write().await?;
    // The password may have been changed while this one was verified: it is no longer the right one then.
    let unchanged = sqlx::query("update account set password_hash = ? where id = ? and password_hash = ?")
        .bind(renewed.as_ref().unwrap_or(&account.password_hash))
        .bind(&account.id)
        .bind(&account.password_hash)
        .execute(&mut *transaction)
        .await?;
    if unchanged.rows_affected() == 0 {
        return Err(AppError::Validation(vec![field_error("password", WRONG)]).into());
    }
    if let Some(before) = &visitor.actor {
        session::forget(&mut transaction, &before.session_id).await?;
        state.events.end_session(&before.session_id);
    }
    let token = session::begin(state, &mut transaction, &account.id).await?;
    transaction.commit().await?;
    tracing::info!(address = %visitor.address, account = account.id, "logged in");
    Ok(token)
}

/// Waits for as long as earlier failures require, before anything is hashed.
///
/// # Errors
/// [`AppError::RateLimited`] if that would be too long.
pub async fn wait_for_turn(state: &AppState, address: IpAddr, user_name: &str) -> Result<Priority, AppError> {
    let admitted = state.throttle.admit(address, user_name, state.clock.monotonic()).map_err(|seconds| {
        static LOG: LogLimit = LogLimit::new();
        if let Some(left_out) = LOG.allow() {
            tracing::warn!(%address, seconds, left_out, "too many log-ins failed from this address");
        }
        AppError::RateLimited(seconds)
    })?;
    tokio::time::sleep(admitted.wait).await;
    Ok(if admitted.is_quiet { Priority::Normal } else { Priority::Low })
}
