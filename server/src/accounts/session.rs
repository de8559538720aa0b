//! Sessions: a token in a cookie, its hash in the database.

use crate::backend::Portolan;
use crate::trouble::Outcome;
use crate::{entropy, hex};
use app::{Actor, Admission};
use sha2::{Digest, Sha256};
use sqlx::{Sqlite, Transaction};

/// A session ends when nothing was asked for that long. Milliseconds.
pub const IDLE_LIFETIME: i64 = 30 * 60 * 1000;

/// A session ends that long after it began, whatever happens. Milliseconds.
pub const ABSOLUTE_LIFETIME: i64 = 8 * 60 * 60 * 1000;

/// How exact the last use is kept: not every page view has to write. Milliseconds.
const TOUCH_INTERVAL: i64 = 60 * 1000;

#[derive(sqlx::FromRow)]
struct SessionRow {
    account_id: String,
    name: String,
    created_at: i64,
    last_seen_at: i64,
}

/// Whoever this token stands for, if its session holds. `in_use` keeps it from ending.
pub async fn find(portolan: &Portolan, token: &str, in_use: bool) -> Outcome<Option<Actor>> {
    let session_id = id_of(token);
    let row: Option<SessionRow> = sqlx::query_as(
        "select s.account_id, a.name, s.created_at, s.last_seen_at
         from session s join account a on a.id = s.account_id where s.id = ?",
    )
    .bind(&session_id)
    .fetch_optional(portolan.store.readers())
    .await?;
    let now = portolan.clock.now();
    let holds = |row: &SessionRow| now - row.last_seen_at < IDLE_LIFETIME && now - row.created_at < ABSOLUTE_LIFETIME;
    let Some(row) = row.filter(holds) else { return Ok(None) };
    if in_use && now - row.last_seen_at >= TOUCH_INTERVAL {
        let mut transaction = portolan.store.write().await?;
        sqlx::query("update session set last_seen_at = max(last_seen_at, ?) where id = ?")
            .bind(now)
            .bind(&session_id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(Some(Actor { user_id: row.account_id, user_name: row.name, session_id }))
}

/// Begins a session, and clears away those that are over.
pub async fn begin(
    portolan: &Portolan,
    transaction: &mut Transaction<'_, Sqlite>,
    account_id: &str,
) -> Outcome<Admission> {
    let now = portolan.clock.now();
    let token = entropy::token(&*portolan.entropy);
    sqlx::query("delete from session where last_seen_at <= ? or created_at <= ?")
        .bind(now - IDLE_LIFETIME)
        .bind(now - ABSOLUTE_LIFETIME)
        .execute(&mut **transaction)
        .await?;
    sqlx::query("insert into session (id, account_id, created_at, last_seen_at) values (?, ?, ?, ?)")
        .bind(id_of(&token))
        .bind(account_id)
        .bind(now)
        .bind(now)
        .execute(&mut **transaction)
        .await?;
    Ok(Admission { cookie: portolan.cookies().begin(&token) })
}

/// Ends this session.
pub async fn end(portolan: &Portolan, actor: &Actor) -> Outcome<Admission> {
    let mut transaction = portolan.store.write().await?;
    sqlx::query("delete from session where id = ?").bind(&actor.session_id).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Admission { cookie: portolan.cookies().end() })
}

/// Ends every session of this person.
pub async fn end_all(portolan: &Portolan, actor: &Actor) -> Outcome<Admission> {
    let mut transaction = portolan.store.write().await?;
    forget_all(&mut transaction, &actor.user_id).await?;
    transaction.commit().await?;
    Ok(Admission { cookie: portolan.cookies().end() })
}

/// Ends every session of an account, as part of a larger change.
pub async fn forget_all(transaction: &mut Transaction<'_, Sqlite>, account_id: &str) -> Outcome<()> {
    sqlx::query("delete from session where account_id = ?").bind(account_id).execute(&mut **transaction).await?;
    Ok(())
}

fn id_of(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}
