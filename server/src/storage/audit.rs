//! The audit trail. Entries are added, and deleted once they are older than the retention allows; nothing changes them.

use super::database::Connection;
use super::error::Result;
use domain::AuditOutcome;
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
    /// The name of the token at that time; `None` if it was done on a page or in the shell.
    pub token_name: Option<String>,
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
    /// Only what changed a registry. Readings of its credentials would leave no room for it.
    pub only_edits: bool,
    /// From this id on.
    pub from: Option<String>,
    /// Up to this id, exclusive.
    pub before: Option<String>,
}

const COLUMNS: &str = "id, at, account_id, account_name, address, user_agent, event, outcome, workspace_id,
    workspace_name, object_id, object_name, changes, token_name";

/// Word for word the condition of an index.
const ONLY_EDITS: &str = "event in ('registry.create', 'registry.edit') and outcome = 'Done'";

pub async fn insert(connection: &mut Connection, entry: &AuditRecord) -> Result<()> {
    let sql = format!(
        "insert into audit_entry ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    );
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
        .bind(&entry.token_name)
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
    let (sql, values) = page_statement(filter, newest_first, limit);
    connection.query(AssertSqlSafe(sql)).bind_all(&values).fetch_all().await
}

/// The statement of a page, with its values.
fn page_statement(filter: &AuditFilter, newest_first: bool, limit: u32) -> (String, Vec<String>) {
    let account_name = filter.account_name.to_ascii_lowercase();
    // The index of outcomes has all but this one, and is used only if the statement says so.
    let is_done = filter.outcome == AuditOutcome::Done.as_str();
    let outcome = if is_done { "outcome =" } else { "outcome <> 'Done' and outcome =" };
    let given = |text| Some(text).filter(|text: &&String| !text.is_empty());
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    for (condition, value) in [
        ("lower(account_name) =", given(&account_name)),
        ("event =", given(&filter.event)),
        (outcome, given(&filter.outcome)),
        ("workspace_name =", given(&filter.workspace_name)),
        ("object_name =", given(&filter.object_name)),
        ("object_id =", filter.object_id.as_ref()),
        ("id >=", filter.from.as_ref()),
        ("id <", filter.before.as_ref()),
    ] {
        if let Some(value) = value {
            values.push(value.clone());
            conditions.push(format!("{condition} ${}", values.len()));
        }
    }
    if filter.only_edits {
        conditions.push(ONLY_EDITS.to_owned());
    }
    let clause = if conditions.is_empty() { String::new() } else { format!(" where {}", conditions.join(" and ")) };
    let direction = if newest_first { " desc" } else { "" };
    (format!("select {COLUMNS} from audit_entry{clause} order by id{direction} limit {limit}"), values)
}

/// Deletes the oldest entries before this id, some at a time. Returns how many.
pub async fn delete_before(connection: &mut Connection, id: &str, limit: u32) -> Result<u64> {
    let sql = format!(
        "delete from audit_entry where id in (select id from audit_entry where id < $1 order by id limit {limit})"
    );
    connection.query(AssertSqlSafe(sql)).bind(id).execute().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Storage;

    /// How SQLite would find the entries.
    async fn plan(storage: &Storage, filter: &AuditFilter) -> String {
        let (sql, values) = page_statement(filter, true, 50);
        let sql = format!("explain query plan {sql}");
        let steps: Vec<(i64, i64, i64, String)> =
            storage.reader().await.unwrap().query(AssertSqlSafe(sql)).bind_all(&values).fetch_all().await.unwrap();
        steps.into_iter().map(|(_, _, _, step)| step).collect::<Vec<_>>().join("; ")
    }

    /// With a scan, the rarer a match, the longer a page takes.
    #[tokio::test]
    async fn whatever_is_filtered_by_an_index_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::open(&crate::DatabaseAddress::in_folder(folder.path())).await.unwrap();
        let given = || "x".to_owned();
        let filters = [
            ("by_account", AuditFilter { account_name: given(), ..AuditFilter::default() }),
            ("by_event", AuditFilter { event: given(), ..AuditFilter::default() }),
            ("by_outcome", AuditFilter { outcome: "Failed".to_owned(), ..AuditFilter::default() }),
            ("by_workspace", AuditFilter { workspace_name: given(), ..AuditFilter::default() }),
            ("by_object_name", AuditFilter { object_name: given(), ..AuditFilter::default() }),
            ("by_object", AuditFilter { object_id: Some(given()), ..AuditFilter::default() }),
            ("by_edit", AuditFilter { object_id: Some(given()), only_edits: true, ..AuditFilter::default() }),
            ("autoindex", AuditFilter { before: Some(given()), ..AuditFilter::default() }),
        ];
        for (index, filter) in filters {
            let plan = plan(&storage, &filter).await;
            assert!(plan.contains("USING INDEX") && plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
