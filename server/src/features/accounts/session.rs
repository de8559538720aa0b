//! Sessions: a token in a cookie, and its hash in the database.

use super::super::audit::Entry;
use crate::app_state::AppState;
use crate::auth::SessionLimits;
use crate::entropy;
use crate::error::Result;
use crate::events::{self, Message};
use crate::storage::sessions::NewSessionRecord;
use crate::storage::{Connection, WriteTransaction, roles, sessions};
use app::{Actor, Client, SessionToken};
use domain::{AuditEvent, Grant, Rights, Role};

/// The precision of the last use: not every page view has to write. Milliseconds.
const TOUCH_INTERVAL: i64 = 60 * 1000;

/// How long an expired session is kept: another server may be about to store that it was used. Milliseconds.
const KEPT_AFTER_EXPIRY: i64 = 60 * 1000;

/// How far the clock may be set back without ending sessions: time servers correct it by seconds. Milliseconds.
const CLOCK_CORRECTION: i64 = 5 * 60 * 1000;

/// The account of this token, if its session is valid. `in_use` extends the session. Nothing is written here, so that a
/// full disk does not prevent reading.
pub async fn find(state: &AppState, token: &str, client: Client, in_use: bool) -> Result<Option<Actor>> {
    let session_id = entropy::token_hash(token);
    // Read before the row: a recorded time is removed only once it is stored in the row.
    let noted = state.last_seen.noted(&session_id);
    let mut connection = state.storage.reader().await?;
    let Some(row) = sessions::by_id(&mut connection, &session_id).await? else { return Ok(None) };
    let now = state.clock.now();
    let times = Times { began: row.created_at, last_used: row.last_seen_at };
    let Some(last_seen_at) = last_use(state.session_limits, times, noted, now) else { return Ok(None) };
    if in_use && now - last_seen_at >= TOUCH_INTERVAL {
        state.last_seen.note(&session_id, now);
    }
    let rights = rights(&mut connection, &row.account_id, row.grant).await?;
    Ok(Some(Actor { user_id: row.account_id, user_name: row.name, session_id, rights, token: None, client }))
}

/// What is stored of a session's time.
#[derive(Clone, Copy)]
pub struct Times {
    pub began: i64,
    pub last_used: i64,
}

/// When a session was last used; `None` if it has expired. `noted` is what is not stored yet.
pub fn last_use(limits: SessionLimits, stored: Times, noted: Option<i64>, now: i64) -> Option<i64> {
    // Ignore times recorded while the clock was far ahead.
    let noted = noted.filter(|noted| *noted <= now + CLOCK_CORRECTION);
    let last_used = noted.map_or(stored.last_used, |noted| noted.max(stored.last_used));
    // A time in the future means that the clock was set back. Unless that was a small correction, the session has
    // expired.
    let is_valid = (-CLOCK_CORRECTION..limits.idle).contains(&(now - last_used))
        && (-CLOCK_CORRECTION..limits.lifetime).contains(&(now - stored.began));
    is_valid.then_some(last_used)
}

/// What an account may do that has this role everywhere.
pub async fn rights(connection: &mut Connection, account_id: &str, everywhere: Option<Grant>) -> Result<Rights> {
    // Nothing is left to add.
    if everywhere == Some(Grant { role: Role::Administrator, read_credentials: true }) {
        return Ok(Rights { everywhere, ..Rights::default() });
    }
    let roles = roles::of_account(connection, account_id).await?;
    Ok(Rights { everywhere, workspaces: roles.into_iter().map(|it| (it.workspace_id, it.grant)).collect() })
}

/// Whether the session has not been ended.
pub async fn exists(state: &AppState, session_id: &str) -> Result<bool> {
    Ok(sessions::by_id(&mut state.storage.reader().await?, session_id).await?.is_some())
}

/// Starts a session, and deletes expired ones and those with times in the future.
pub async fn begin(
    state: &AppState,
    transaction: &mut WriteTransaction,
    account_id: &str,
    client: &Client,
) -> Result<SessionToken> {
    // Recorded times count as much as stored ones, so that no active session is deleted here.
    state.last_seen.store(transaction).await?;
    let now = state.clock.now();
    let kept = |lifetime: i64| now - lifetime - KEPT_AFTER_EXPIRY..=now + CLOCK_CORRECTION;
    let SessionLimits { idle, lifetime } = state.session_limits;
    sessions::delete_outside(transaction, kept(idle), kept(lifetime)).await?;
    let token = entropy::token(&*state.entropy);
    let (address, user_agent) = (client.address.to_string(), client.user_agent.as_str());
    let new = NewSessionRecord { id: &entropy::token_hash(&token), account_id, address: &address, user_agent };
    sessions::insert(transaction, new, now).await?;
    Ok(SessionToken::new(token))
}

/// Ends the session of a request.
pub async fn end(state: &AppState, actor: &Actor) -> Result<()> {
    let mut transaction = state.storage.write().await?;
    sessions::delete(&mut transaction, &actor.session_id).await?;
    Entry::own(actor, AuditEvent::LogOut).record(state, &mut transaction).await?;
    events::publish(&mut transaction, &Message::SessionEnded(actor.session_id.clone()));
    Ok(transaction.commit().await?)
}

/// Ends every session of an account.
pub async fn end_all(state: &AppState, actor: &Actor) -> Result<()> {
    let mut transaction = state.storage.write().await?;
    sessions::delete_of_account(&mut transaction, &actor.user_id).await?;
    Entry::own(actor, AuditEvent::LogOutEverywhere).record(state, &mut transaction).await?;
    events::publish(&mut transaction, &Message::SessionsEnded(actor.user_id.clone()));
    Ok(transaction.commit().await?)
}
