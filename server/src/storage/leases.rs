//! Leases: of several servers on a PostgreSQL database, only one checks a registry at a time. A SQLite file has only one
//! server, which knows what it is checking, so it takes no leases.

use super::checks::{COLUMNS, CheckRecord};
use super::database::Connection;
use super::error::Result;
use super::sets::placeholders;
use sqlx::AssertSqlSafe;
use std::cmp::Reverse;

/// When the lease of a server that has died runs out. Longer than a check can take: 15 seconds, after as many for
/// another check with the same credentials. Milliseconds.
const LEASE: i64 = 45_000;

/// Which checks are claimed.
#[derive(Clone, Copy)]
pub enum Wanted {
    /// Those that people asked for after this time, the most recent first: that person is most likely still waiting.
    Asked(i64),
    /// Those due by the schedule, the longest overdue first.
    Due,
}

/// Claims up to `limit` checks for a server. A single statement, so it needs no transaction.
pub async fn claim(
    connection: &mut Connection,
    wanted: Wanted,
    server: &str,
    now: i64,
    limit: usize,
) -> Result<Vec<CheckRecord>> {
    let (after, condition, order) = match wanted {
        Wanted::Asked(after) => (after, "asked_at > $3 and next_check_at <= $1", "asked_at desc"),
        Wanted::Due => (i64::MIN, "asked_at is null and next_check_at > $3 and next_check_at <= $1", "next_check_at"),
    };
    let sql = match connection {
        Connection::Sqlite(_) => {
            format!("select {COLUMNS} from image_registry where {condition} order by {order} limit $2")
        }
        // By the clock of the database, because those of the servers may differ. An end that is too far away is from
        // before that clock was set back. Not one that is only a little too far: a statement that began later may have
        // claimed the check first. Materialized, because a subquery may run more than once, and each time lock others.
        Connection::Postgres(_) => {
            let clock = "(extract(epoch from statement_timestamp()) * 1000)::bigint";
            format!(
                "with claimed as materialized (select id as claimed_id from image_registry where {condition}
                 and (leased_until is null or leased_until not between {clock} and {clock} + 2 * {LEASE})
                 order by {order} limit $2 for update skip locked)
                 update image_registry set leased_by = $4, leased_until = {clock} + {LEASE}
                 from claimed where id = claimed_id
                 returning {COLUMNS}"
            )
        }
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let is_leased = matches!(connection, Connection::Postgres(_));
    let query = connection.query(AssertSqlSafe(sql)).bind(now).bind(limit).bind(after);
    let query = if is_leased { query.bind(server) } else { query };
    let mut claimed: Vec<CheckRecord> = query.fetch_all().await?;
    // An update returns its rows in any order.
    match wanted {
        Wanted::Asked(_) => claimed.sort_by_key(|check| Reverse(check.asked_at)),
        Wanted::Due => claimed.sort_by_key(|check| check.next_check_at),
    }
    Ok(claimed)
}

/// Gives back checks that this server has claimed and will not run.
pub async fn release(connection: &mut Connection, server: &str, ids: &[String]) -> Result<()> {
    if !ids.is_empty() {
        let set = placeholders(2, ids.len());
        let lock = connection.for_update();
        let sql = format!(
            "update image_registry set leased_by = null, leased_until = null where id in
             (select id from image_registry where leased_by = $1 and id in {set} order by id{lock})"
        );
        connection.query(AssertSqlSafe(sql)).persistent(false).bind(server).bind_all(ids).execute().await?;
    }
    Ok(())
}

/// Gives back all checks that this server has claimed, because it stops.
pub async fn release_all(connection: &mut Connection, server: &str) -> Result<()> {
    let lock = connection.for_update();
    let sql = format!(
        "update image_registry set leased_by = null, leased_until = null
         where id in (select id from image_registry where leased_by = $1 order by id{lock})"
    );
    connection.query(AssertSqlSafe(sql)).bind(server).execute().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::image_registries::tests::{create, create_one};
    use crate::storage::testing::on_both_engines;
    use crate::storage::{Storage, checks};
    use domain::{CheckReport, Finding, Phase};

    const NOW: i64 = 1_000;

    async fn claimed(storage: &Storage, server: &str, limit: usize) -> Vec<String> {
        let claimed = claim(&mut storage.reader().await.unwrap(), Wanted::Due, server, NOW, limit).await.unwrap();
        claimed.into_iter().map(|check| check.id).collect()
    }

    async fn execute(storage: &Storage, sql: &'static str) {
        let mut transaction = storage.write().await.unwrap();
        transaction.query(sql).execute().await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// Four registries that are due in the order of their ids, in PostgreSQL: SQLite has only one server.
    async fn with_registries(test: impl AsyncFn(&Storage)) {
        on_both_engines(async |storage| {
            create_one(&storage).await;
            let mut transaction = storage.write().await.unwrap();
            for id in ["2", "3", "4"] {
                create(&mut transaction, id, "default", &format!("name-{id}")).await.unwrap();
            }
            transaction.commit().await.unwrap();
            execute(&storage, "update image_registry set next_check_at = cast(id as bigint)").await;
            if matches!(storage, Storage::Postgres(_)) {
                test(&storage).await;
            }
        })
        .await;
    }

    #[tokio::test]
    async fn servers_claim_different_checks_until_a_lease_is_released_or_runs_out() {
        with_registries(async |storage| {
            assert_eq!(claimed(storage, "a", 2).await, ["1", "2"]);
            assert_eq!(claimed(storage, "b", 9).await, ["3", "4"]);
            assert_eq!(claimed(storage, "a", 9).await, [""; 0], "not even its own");
            let mut transaction = storage.write().await.unwrap();
            release(&mut transaction, "a", &["2".to_owned(), "3".to_owned()]).await.unwrap();
            transaction.commit().await.unwrap();
            assert_eq!(claimed(storage, "b", 9).await, ["2"], "a cannot give back what is b's");
            execute(storage, "update image_registry set leased_until = leased_until - 45000 where id = '1'").await;
            assert_eq!(claimed(storage, "b", 9).await, ["1"], "a is dead");
            execute(storage, "update image_registry set leased_until = leased_until + 20000 where id = '4'").await;
            assert_eq!(claimed(storage, "a", 9).await, [""; 0], "b's statement began after a's");
            execute(storage, "update image_registry set leased_until = leased_until + 60000 where id = '4'").await;
            assert_eq!(claimed(storage, "a", 9).await, ["4"], "the clock was set back");
            let mut transaction = storage.write().await.unwrap();
            release_all(&mut transaction, "b").await.unwrap();
            transaction.commit().await.unwrap();
            assert_eq!(claimed(storage, "a", 9).await, ["1", "2", "3"]);
        })
        .await;
    }

    #[tokio::test]
    async fn a_late_result_does_not_replace_that_of_the_server_which_took_over() {
        with_registries(async |storage| {
            let claim = async |server| {
                let mut reader = storage.reader().await.unwrap();
                claim(&mut reader, Wanted::Due, server, NOW, 1).await.unwrap().pop().unwrap()
            };
            let late = claim("late").await;
            execute(storage, "update image_registry set leased_until = 1 where id = '1'").await;
            let other = claim("other").await;
            assert_eq!(late.id, other.id);
            let report = CheckReport { finding: Finding::TimedOut, steps: Vec::new() };
            let result = checks::CheckResult {
                phase: Phase::Failed,
                reason: None,
                report: &report,
                connected: false,
                failures: 1,
                found_at: NOW,
                next_check_at: Some(NOW + 1),
            };
            let mut transaction = storage.write().await.unwrap();
            assert!(!checks::record_result(&mut transaction, &late, &result).await.unwrap());
            assert!(checks::record_result(&mut transaction, &other, &result).await.unwrap());
            assert!(!checks::record_result(&mut transaction, &late, &result).await.unwrap());
            transaction.commit().await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn fifty_claims_at_once_give_each_check_to_one_server() {
        with_registries(async |storage| {
            execute(storage, "update image_registry set next_check_at = 1").await;
            let claims: Vec<_> = (0..50)
                .map(|server| {
                    let storage = storage.clone();
                    tokio::spawn(async move { claimed(&storage, &server.to_string(), 1).await })
                })
                .collect();
            let mut all = Vec::new();
            for claim in claims {
                all.extend(claim.await.unwrap());
            }
            all.sort();
            assert_eq!(all, ["1", "2", "3", "4"]);
        })
        .await;
    }
}
