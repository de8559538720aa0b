//! Logging in.

use super::hashing::{Priority, is_outdated};
use super::session;
use crate::backend::Portolan;
use crate::log_limit::LogLimit;
use crate::trouble::{Outcome, refuse};
use app::{Admission, LogInFields, Refusal, Visitor};
use domain::problem;
use std::net::IpAddr;

/// One sentence for every way to fail: whether a name exists is not for strangers to know.
const WRONG: &str = "Username or password is wrong.";

#[derive(sqlx::FromRow)]
struct Account {
    id: String,
    password_hash: String,
}

pub async fn log_in(portolan: &Portolan, visitor: &Visitor, fields: &LogInFields) -> Outcome<Admission> {
    refuse(fields.problems())?;
    let LogInFields { user_name, password } = fields;
    let priority = wait_for_turn(portolan, visitor.address, user_name).await?;
    let account: Option<Account> = sqlx::query_as("select id, password_hash from account where name = ?")
        .bind(user_name)
        .fetch_optional(portolan.store.readers())
        .await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let right = portolan.hashing.verify(password, hash, priority).await?;
    // Not the name: people type their password there.
    let known = account.as_ref().map(|account| account.id.clone());
    let Some(account) = account.filter(|_| right) else {
        tracing::warn!(address = %visitor.address, account = known, "a log-in failed");
        return Err(Refusal::Invalid(vec![problem("password", WRONG)]).into());
    };
    portolan.throttle.forgive(visitor.address, user_name);
    let renewed = match is_outdated(&account.password_hash) {
        // If the queue is full, the next log-in will do.
        true => portolan.hashing.hash(password).await.ok(),
        false => None,
    };

    let mut transaction = portolan.store.write().await?;
    // The password may have been changed while this one was verified: it is no longer the right one then.
    let unchanged = sqlx::query("update account set password_hash = ? where id = ? and password_hash = ?")
        .bind(renewed.as_ref().unwrap_or(&account.password_hash))
        .bind(&account.id)
        .bind(&account.password_hash)
        .execute(&mut *transaction)
        .await?;
    if unchanged.rows_affected() == 0 {
        return Err(Refusal::Invalid(vec![problem("password", WRONG)]).into());
    }
    if let Some(before) = &visitor.actor {
        session::forget(&mut transaction, &before.session_id).await?;
        portolan.events.end_session(&before.session_id);
    }
    let admission = session::begin(portolan, &mut transaction, &account.id).await?;
    transaction.commit().await?;
    tracing::info!(address = %visitor.address, account = account.id, "logged in");
    Ok(admission)
}

/// Waits for as long as earlier failures require, before anything is hashed.
///
/// # Errors
/// [`Refusal::Busy`] if that would be too long.
pub async fn wait_for_turn(portolan: &Portolan, address: IpAddr, user_name: &str) -> Result<Priority, Refusal> {
    let admitted = portolan.throttle.admit(address, user_name, portolan.clock.monotonic()).map_err(|seconds| {
        static LOG: LogLimit = LogLimit::new();
        if let Some(left_out) = LOG.allow() {
            tracing::warn!(%address, seconds, left_out, "too many log-ins failed from this address");
        }
        Refusal::Busy(seconds)
    })?;
    tokio::time::sleep(admitted.wait).await;
    Ok(if admitted.is_quiet { Priority::Normal } else { Priority::Low })
}
