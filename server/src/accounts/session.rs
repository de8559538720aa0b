//! Sessions: a token in a cookie, its hash in the database.

use crate::app_state::AppState;
use crate::error::Result;
use crate::{entropy, hex};
use app::{Actor, SessionToken};
use sha2::{Digest, Sha256};
use sqlx::{Sqlite, Transaction};
use std::net::IpAddr;

/// A session ends when nothing was asked for that long. Milliseconds.
pub const IDLE_LIFETIME: i64 = 30 * 60 * 1000;

/// A session ends that long after it began, whatever happens. Milliseconds.
pub const ABSOLUTE_LIFETIME: i64 = 8 * 60 * 60 * 1000;

/// How exact the last use is kept: not every page view has to write. Milliseconds.
const TOUCH_INTERVAL: i64 = 60 * 1000;

/// How far a clock may be set back without ending sessions: time servers correct it by seconds. Milliseconds.
const CLOCK_CORRECTION: i64 = 5 * 60 * 1000;

#[derive(sqlx::FromRow)]
struct SessionRow {
    account_id: String,
    name: String,
    created_at: i64,
    last_seen_at: i64,
}

/// The person this token belongs to, if its session is valid. `in_use` keeps it from expiring. Nothing is written here:
/// a full disk must not keep anybody from reading.
pub async fn find(state: &AppState, token: &str, address: IpAddr, in_use: bool) -> Result<Option<Actor>> {
    let session_id = id_of(token);
    // Before the row: a note goes only once its row is stored.
    let noted = state.last_seen.noted(&session_id);
    let row: Option<SessionRow> = sqlx::query_as(
        "select s.account_id, a.name, s.created_at, s.last_seen_at
         from session s join account a on a.id = s.account_id where s.id = ?",
    )
    .bind(&session_id)
    .fetch_optional(state.store.readers())
    .await?;
    let now = state.clock.now();
    let Some(row) = row else { return Ok(None) };
    // A note from a clock that was far ahead does not count.
    let noted = noted.filter(|noted| *noted <= now + CLOCK_CORRECTION);
    let last_seen_at = noted.map_or(row.last_seen_at, |noted| noted.max(row.last_seen_at));
    // A time in the future means that the clock was set back since. Unless that was a small correction, the session has
    // expired.
    let is_valid = (-CLOCK_CORRECTION..IDLE_LIFETIME).contains(&(now - last_seen_at))
        && (-CLOCK_CORRECTION..ABSOLUTE_LIFETIME).contains(&(now - row.created_at));
    if !is_valid {
        return Ok(None);
    }
    if in_use && now - last_seen_at >= TOUCH_INTERVAL {
        state.last_seen.note(&session_id, now);
    }
    Ok(Some(Actor { user_id: row.account_id, user_name: row.name, session_id, address }))
}

/// Begins a session, and deletes those that have expired or were begun by a clock that was wrong.
pub async fn begin(
    state: &AppState,
    transaction: &mut Transaction<'_, Sqlite>,
    account_id: &str,
) -> Result<SessionToken> {
    // What is noted counts as much as what is stored: nobody who is active loses a session here.
    state.last_seen.store(transaction).await?;
    let now = state.clock.now();
    let token = entropy::token(&*state.entropy);
    sqlx::query("delete from session where last_seen_at not between ? and ? or created_at not between ? and ?")
        .bind(now - IDLE_LIFETIME + 1)
        .bind(now + CLOCK_CORRECTION)
        .bind(now - ABSOLUTE_LIFETIME + 1)
        .bind(now + CLOCK_CORRECTION)
        .execute(&mut **transaction)
        .await?;
    sqlx::query("insert into session (id, account_id, created_at, last_seen_at) values (?, ?, ?, ?)")
        .bind(id_of(&token))
        .bind(account_id)
        .bind(now)
        .bind(now)
        .execute(&mut **transaction)
        .await?;
    Ok(SessionToken::new(token))
}

/// Ends this session.
pub async fn end(state: &AppState, actor: &Actor) -> Result<()> {
    let mut transaction = state.store.write().await?;
    forget(&mut transaction, &actor.session_id).await?;
    // Before the commit, which may be the last thing to happen if the client hangs up. A stream that ended too early
    // is asked for again.
    state.events.end_session(&actor.session_id);
    transaction.commit().await?;
    Ok(())
}

/// Ends every session of this person.
pub async fn end_all(state: &AppState, actor: &Actor) -> Result<()> {
    let mut transaction = state.store.write().await?;
    forget_all(&mut transaction, &actor.user_id).await?;
    state.events.end_sessions_of(&actor.user_id);
    transaction.commit().await?;
    Ok(())
}

/// Ends one session, as part of a larger change.
pub async fn forget(transaction: &mut Transaction<'_, Sqlite>, session_id: &str) -> Result<()> {
    sqlx::query("delete from session where id = ?").bind(session_id).execute(&mut **transaction).await?;
    Ok(())
}

/// Ends every session of an account, as part of a larger change.
pub async fn forget_all(transaction: &mut Transaction<'_, Sqlite>, account_id: &str) -> Result<()> {
    sqlx::query("delete from session where account_id = ?").bind(account_id).execute(&mut **transaction).await?;
    Ok(())
}

fn id_of(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}
