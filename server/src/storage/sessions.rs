//! Sessions. The id of a session is the hash of its token.

use super::columns::OptionalGrantColumns;
use super::database::Connection;
use super::error::Result;
use super::sets::MOST_IN_A_SET;
use domain::Grant;
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use std::ops::RangeInclusive;

#[derive(sqlx::FromRow)]
pub struct SessionRecord {
    pub account_id: String,
    /// The name of the account.
    pub name: String,
    /// What the account may do everywhere.
    #[sqlx(flatten, try_from = "OptionalGrantColumns")]
    pub grant: Option<Grant>,
    pub created_at: i64,
    /// When it was last used. More recent times may still be in memory.
    pub last_seen_at: i64,
}

/// A session among those of its account.
#[derive(sqlx::FromRow)]
pub struct OwnSessionRecord {
    pub id: String,
    pub created_at: i64,
    /// When it was last used. More recent times may still be in memory.
    pub last_seen_at: i64,
    /// Where it began; `None` if an earlier version began it.
    pub address: Option<String>,
    /// What the browser called itself; `None` as above.
    pub user_agent: Option<String>,
}

pub struct NewSessionRecord<'a> {
    pub id: &'a str,
    pub account_id: &'a str,
    pub address: &'a str,
    pub user_agent: &'a str,
}

/// The session with this id, even if it has expired; `None` if its account is disabled.
pub async fn by_id(connection: &mut Connection, id: &str) -> Result<Option<SessionRecord>> {
    let session = connection.query(
        "select s.account_id, a.name, a.role, a.read_credentials, s.created_at, s.last_seen_at
         from session s join account a on a.id = s.account_id where s.id = $1 and a.disabled_at is null",
    );
    session.bind(id).fetch_optional().await
}

/// The sessions of an account, the last used first, even if they have expired.
pub async fn of_account(connection: &mut Connection, account_id: &str) -> Result<Vec<OwnSessionRecord>> {
    let sessions = connection.query(
        "select id, created_at, last_seen_at, address, user_agent from session where account_id = $1
         order by last_seen_at desc, created_at desc, id",
    );
    sessions.bind(account_id).fetch_all().await
}

/// Stores a new session.
pub async fn insert(connection: &mut Connection, new: NewSessionRecord<'_>, now: i64) -> Result<()> {
    connection
        .query(
            "insert into session (id, account_id, created_at, last_seen_at, address, user_agent)
             values ($1, $2, $3, $3, $4, $5)",
        )
        .bind(new.id)
        .bind(new.account_id)
        .bind(now)
        .bind(new.address)
        .bind(new.user_agent)
        .execute()
        .await?;
    Ok(())
}

/// Deletes every session whose last use or start is outside of these ranges.
pub async fn delete_outside(
    connection: &mut Connection,
    last_seen: RangeInclusive<i64>,
    created: RangeInclusive<i64>,
) -> Result<()> {
    connection
        .query("delete from session where last_seen_at not between $1 and $2 or created_at not between $3 and $4")
        .bind(*last_seen.start())
        .bind(*last_seen.end())
        .bind(*created.start())
        .bind(*created.end())
        .execute()
        .await?;
    Ok(())
}

pub async fn delete(connection: &mut Connection, id: &str) -> Result<()> {
    connection.lock_sessions().await?;
    connection.query("delete from session where id = $1").bind(id).execute().await?;
    Ok(())
}

pub async fn delete_of_account(connection: &mut Connection, account_id: &str) -> Result<()> {
    connection.lock_sessions().await?;
    connection.query("delete from session where account_id = $1").bind(account_id).execute().await?;
    Ok(())
}

/// Deletes the sessions of an account except one.
pub async fn delete_others(connection: &mut Connection, account_id: &str, kept: &str) -> Result<()> {
    connection.lock_sessions().await?;
    connection
        .query("delete from session where account_id = $1 and id <> $2")
        .bind(account_id)
        .bind(kept)
        .execute()
        .await?;
    Ok(())
}

/// Stores when these sessions were last used, unless another server has stored a later time. Ids of sessions that have
/// ended are ignored.
pub async fn set_last_seen(connection: &mut Connection, last_seen: &HashMap<String, i64>) -> Result<()> {
    connection.lock_sessions().await?;
    let all: Vec<_> = last_seen.iter().collect();
    for some in all.chunks(MOST_IN_A_SET / 2) {
        let row = |index| format!("(${}, ${})", 2 * index + 1, 2 * index + 2);
        let rows: Vec<_> = (0..some.len()).map(row).collect();
        let sql = format!(
            "with seen (id, used_at) as (values {})
             update session set last_seen_at = seen.used_at from seen
             where session.id = seen.id and session.last_seen_at < seen.used_at",
            rows.join(", "),
        );
        let update = connection.query(AssertSqlSafe(sql)).persistent(false);
        some.iter().fold(update, |update, (id, at)| update.bind(id.as_str()).bind(**at)).execute().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::accounts;
    use crate::storage::testing::on_both_engines;

    #[tokio::test]
    async fn the_last_use_of_many_sessions_is_stored_in_one_call() {
        on_both_engines(async |storage| {
            let mut transaction = storage.write().await.unwrap();
            let anna = accounts::NewAccountRecord { id: "a", name: "Anna", password_hash: "hash" };
            assert!(accounts::insert_first(&mut transaction, anna, 1).await.unwrap());
            assert!(accounts::by_name(&mut transaction, "aNNa").await.unwrap().is_some());
            for id in ["used", "idle", "other"] {
                let new = NewSessionRecord { id, account_id: "a", address: "192.0.2.1", user_agent: "curl/8.5" };
                insert(&mut transaction, new, 1).await.unwrap();
            }
            let seen = [("used".to_owned(), 5), ("other".to_owned(), 7), ("gone".to_owned(), 9)];
            set_last_seen(&mut transaction, &HashMap::from(seen)).await.unwrap();
            set_last_seen(&mut transaction, &HashMap::new()).await.unwrap();
            let earlier = HashMap::from([("used".to_owned(), 4)]);
            set_last_seen(&mut transaction, &earlier).await.unwrap();
            for (id, at) in [("used", 5), ("other", 7), ("idle", 1)] {
                assert_eq!(by_id(&mut transaction, id).await.unwrap().unwrap().last_seen_at, at, "{id}");
            }
            delete_outside(&mut transaction, 5..=9, 1..=1).await.unwrap();
            assert!(by_id(&mut transaction, "idle").await.unwrap().is_none());
            assert!(by_id(&mut transaction, "used").await.unwrap().is_some());
        })
        .await;
    }
}
