//! The schedule of checks, and their results.

use super::columns::PhaseColumn;
use super::database::Connection;
use super::error::Result;
use super::sets::{MOST_IN_A_SET, placeholders};
use domain::{CheckReport, Phase};
use sqlx::AssertSqlSafe;
use sqlx::types::Json;
use std::collections::HashSet;

/// A registry with everything that a check needs, including the sealed password. Must never be shown.
#[derive(Clone, sqlx::FromRow)]
pub struct CheckRecord {
    pub id: String,
    /// Incremented by each edit. A result applies to one version only.
    pub version: i64,
    /// The phase before the check.
    #[sqlx(try_from = "PhaseColumn")]
    pub phase: Phase,
    pub reason: String,
    /// The number of failed checks in a row.
    pub failures: i64,
    pub next_check_at: Option<i64>,
    /// Since when a person has been waiting for the check; `None` if only the schedule wants it.
    pub asked_at: Option<i64>,
    /// Whether the last check found that the password is rejected.
    pub was_rejected: bool,
    /// The server that has claimed the check. See [`leases`](super::leases).
    pub leased_by: Option<String>,
    pub workspace_id: String,
    pub url: String,
    pub repository: String,
    pub test_image: Option<String>,
    pub username: Option<String>,
    pub password_sealed: Option<String>,
    /// PEM.
    pub ca_certificates: Option<String>,
    pub skip_verification: bool,
    pub token_service: Option<String>,
}

/// The result of a check, as it is stored.
pub struct CheckResult<'a> {
    pub phase: Phase,
    /// `None` keeps the current reason, which is more specific.
    pub reason: Option<&'a str>,
    pub report: &'a CheckReport,
    pub connected: bool,
    /// The number of failed checks in a row.
    pub failures: i64,
    /// When the check ended.
    pub found_at: i64,
    /// `None` if only a person can ask for the next check.
    pub next_check_at: Option<i64>,
}

/// The columns of a [`CheckRecord`].
pub(super) const COLUMNS: &str =
    "id, version, phase, reason, failures, next_check_at, asked_at,
    coalesce(report ->> 'finding', '') = 'CredentialsRejected' as was_rejected, leased_by, workspace_id, url, repository, test_image, username, password_sealed, ca_certificates, skip_verification, token_service";

pub async fn by_id(connection: &mut Connection, id: &str) -> Result<Option<CheckRecord>> {
    let sql = format!("select {COLUMNS} from image_registry where id = $1");
    connection.query(AssertSqlSafe(sql)).bind(id).fetch_optional().await
}

/// Stores the result of a check of `checked`, and releases its lease. Returns false and stores nothing if the registry
/// was changed or deleted in the meantime, or if the lease ran out and another server has claimed the check.
pub async fn record_result(
    connection: &mut Connection,
    checked: &CheckRecord,
    result: &CheckResult<'_>,
) -> Result<bool> {
    // If a person asked for another check in the meantime, it stays due: they may have fixed the registry after this
    // check began.
    let updated = connection
        .query(
            "update image_registry set phase = $1, reason = coalesce($2, reason),
         phase_since = case when phase = $1 then phase_since else $3 end,
         checked_at = $3, report = $4, last_connected_at = coalesce($5, last_connected_at), failures = $6,
         next_check_at = case when next_check_at is not distinct from $7 then $8 else next_check_at end,
         asked_at = case when next_check_at is not distinct from $7 then null else asked_at end,
         leased_by = null, leased_until = null
         where id = $9 and version = $10 and leased_by is not distinct from $11",
        )
        .bind(result.phase.as_str())
        .bind(result.reason)
        .bind(result.found_at)
        .bind(Json(result.report))
        .bind(result.connected.then_some(result.found_at))
        .bind(result.failures)
        .bind(checked.next_check_at)
        .bind(result.next_check_at)
        .bind(&checked.id)
        .bind(checked.version)
        .bind(&checked.leased_by)
        .execute()
        .await?;
    Ok(updated > 0)
}

/// Makes these registries due because a person asked for it. Returns the ids of those that exist.
pub async fn ask_for(connection: &mut Connection, ids: &[String], now: i64) -> Result<HashSet<String>> {
    connection.lock_registries(ids).await?;
    let mut found = HashSet::new();
    for some in ids.chunks(MOST_IN_A_SET) {
        let set = placeholders(2, some.len());
        let sql = format!("update image_registry set next_check_at = $1, asked_at = $1 where id in {set} returning id");
        found.extend(
            connection
                .query(AssertSqlSafe(sql))
                .persistent(false)
                .bind(now)
                .bind_all(some)
                .fetch_scalars::<String>()
                .await?,
        );
    }
    Ok(found)
}

/// Makes every registry due that should have a next check but has none (unless its password was rejected), or whose
/// times are in the future because the clock was ahead. Plans some at a time, and returns how many.
pub async fn plan_missing(connection: &mut Connection, now: i64) -> Result<u64> {
    let sql = update_schedule(
        connection,
        "next_check_at = $1",
        "next_check_at is null and coalesce(report ->> 'finding', '') <> 'CredentialsRejected'
         or next_check_at > $1 and coalesce(checked_at, next_check_at) > $1",
    );
    connection.query(sql).bind(now).execute().await
}

/// Cancels checks planned for later that nobody has asked for. Cancels some at a time, and returns how many.
pub async fn cancel_planned(connection: &mut Connection, now: i64) -> Result<u64> {
    let sql = update_schedule(connection, "next_check_at = null", "next_check_at > $1 and asked_at is null");
    connection.query(sql).bind(now).execute().await
}

/// Makes checks due that are planned for later. Plans some at a time, and returns how many.
pub async fn advance_planned(connection: &mut Connection, now: i64) -> Result<u64> {
    let sql = update_schedule(connection, "next_check_at = $1", "next_check_at > $1");
    connection.query(sql).bind(now).execute().await
}

/// Makes registries due whose checks stopped because this username was rejected at this URL, as if a person had asked for
/// it: another server, too, checks them although it remembers the rejection.
pub async fn plan_rejected(connection: &mut Connection, url: &str, username: Option<&str>, now: i64) -> Result<()> {
    let sql = update_schedule(
        connection,
        "next_check_at = $1, asked_at = $1",
        "next_check_at is null and url = $2 and username = $3 and report ->> 'finding' = 'CredentialsRejected'",
    );
    connection.query(sql).bind(now).bind(url).bind(username).execute().await?;
    Ok(())
}

/// How many registries a change of the schedule concerns at once.
const AT_ONCE: usize = 5_000;

/// Changes registries that meet a condition, in the order in which others lock them.
fn update_schedule(connection: &Connection, change: &str, condition: &str) -> AssertSqlSafe<String> {
    let lock = connection.for_update();
    AssertSqlSafe(format!(
        "update image_registry set {change}
         where id in (select id from image_registry where {condition} order by id limit {AT_ONCE}{lock})"
    ))
}
