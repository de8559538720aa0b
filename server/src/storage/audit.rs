//! The audit trail. Entries are added, and deleted once they are older than the retention allows; nothing changes them.

use super::database::Connection;
use super::error::Result;
use sqlx::AssertSqlSafe;

/// An entry.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AuditRecord {
    /// Begins with the time: ids sort by it.
    pub id: String,
    /// Milliseconds since 1970.
    pub at: i64,
    /// `None` if nobody was logged in, or the account is unknown.
    pub account_id: Option<String>,
    /// The name at that time; may be empty.
    pub account_name: String,
    pub address: String,
    pub user_agent: String,
    /// The word of an [`AuditEvent`](domain::AuditEvent).
    pub event: String,
    /// The word of an [`AuditOutcome`](domain::AuditOutcome).
    pub outcome: String,
    pub workspace_id: Option<String>,
    /// The name at that time.
    pub workspace_name: Option<String>,
    /// What it was done to.
    pub object_id: Option<String>,
    /// The name at that time.
    pub object_name: Option<String>,
    /// A list of [`AuditChange`](domain::AuditChange)s, as JSON.
    pub changes: String,
}

/// Which entries to read. Every field narrows it down; empty or `None` for all.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// The name of an account, in any ASCII letter case.
    pub account_name: String,
    /// The word of an event.
    pub event: String,
    /// The word of an outcome.
    pub outcome: String,
    pub workspace_name: String,
    /// The name of what it was done to.
    pub object_name: String,
    pub object_id: Option<String>,
    /// From this id on.
    pub from: Option<String>,
    /// Up to this id, exclusive.
    pub before: Option<String>,
}

const COLUMNS: &str = "id, at, account_id, account_name, address, user_agent, event, outcome, workspace_id,
    workspace_name, object_id, object_name, changes";

pub async fn insert(connection: &mut Connection, entry: &AuditRecord) -> Result<()> {
    let sql =
        format!("insert into audit_entry ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
    connection
        .query(AssertSqlSafe(sql))
        .bind(&entry.id)
        .bind(entry.at)
        .bind(&entry.account_id)
        .bind(&entry.account_name)
        .bind(&entry.address)
        .bind(&entry.user_agent)
        .bind(&entry.event)
        .bind(&entry.outcome)
        .bind(&entry.workspace_id)
        .bind(&entry.workspace_name)
        .bind(&entry.object_id)
        .bind(&entry.object_name)
        .bind(&entry.changes)
        .execute()
        .await?;
    Ok(())
}

/// The first entries that match: the newest, or the oldest.
pub async fn page(
    connection: &mut Connection,
    filter: &AuditFilter,
    newest_first: bool,
    limit: u32,
) -> Result<Vec<AuditRecord>> {
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    let mut must = |condition: &str, value: &str| {
        values.push(value.to_owned());
        conditions.push(format!("{condition} ${}", values.len()));
    };
    let folded = filter.account_name.to_ascii_lowercase();
    for (condition, value) in [
        ("lower(account_name) =", &folded),
        ("event =", &filter.event),
        ("outcome =", &filter.outcome),
        ("workspace_name =", &filter.workspace_name),
        ("object_name =", &filter.object_name),
    ] {
        if !value.is_empty() {
            must(condition, value);
        }
    }
    for (condition, value) in [("object_id =", &filter.object_id), ("id >=", &filter.from), ("id <", &filter.before)] {
        if let Some(value) = value {
            must(condition, value);
        }
    }
    let clause = if conditions.is_empty() { String::new() } else { format!(" where {}", conditions.join(" and ")) };
    let direction = if newest_first { " desc" } else { "" };
    let sql = format!("select {COLUMNS} from audit_entry{clause} order by id{direction} limit {limit}");
    connection.query(AssertSqlSafe(sql)).bind_all(&values).fetch_all().await
}

/// Deletes the oldest entries before this id, some at a time. Returns how many.
pub async fn delete_before(connection: &mut Connection, id: &str, limit: u32) -> Result<u64> {
    let sql = format!(
        "delete from audit_entry where id in (select id from audit_entry where id < $1 order by id limit {limit})"
    );
    connection.query(AssertSqlSafe(sql)).bind(id).execute().await
}
