//! The list of image registries: filtered, sorted and paged.

use super::database::Connection;
use super::error::Result;
use super::image_registries::StatusRecord;
use domain::Phase;
use sqlx::{QueryBuilder, Sqlite};

#[derive(Clone, Copy, Default)]
pub struct RegistryFilter<'a> {
    /// Text in name, URL or repository, in any letter case; empty for all.
    pub search: &'a str,
    /// The name of a workspace.
    pub workspace: Option<&'a str>,
    pub phase: Option<Phase>,
}

#[derive(Clone, Copy)]
pub struct RegistryOrder {
    pub by: OrderBy,
    pub descending: bool,
}

/// The sortable columns. As a closed enum, it cannot name the column of a secret.
#[derive(Clone, Copy)]
pub enum OrderBy {
    Name,
    /// By workspace, then by name.
    Workspace,
    Url,
    Repository,
    /// Anonymous access sorts before all usernames.
    Username,
    Phase,
    Updated,
    Created,
}

#[derive(sqlx::FromRow)]
pub struct RowRecord {
    pub id: String,
    pub name: String,
    /// The name of the workspace.
    pub workspace: String,
    pub url: String,
    pub repository: String,
    pub username: Option<String>,
    /// Whether it has its own CAs.
    pub own_authorities: bool,
    pub skip_verification: bool,
    #[sqlx(flatten)]
    pub status: StatusRecord,
    pub updated_at: i64,
    pub created_at: i64,
}

/// The number of registries that match the filter.
pub async fn count(connection: &mut Connection, filter: RegistryFilter<'_>) -> Result<u32> {
    let mut select = QueryBuilder::new("select count(*) from image_registry r");
    if filter.workspace.is_some() {
        select.push(" join workspace w on w.id = r.workspace_id");
    }
    push_filter(&mut select, filter);
    let count: i64 = select.build_query_scalar().fetch_one(connection).await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// One page of the registries that match the filter.
pub async fn page(
    connection: &mut Connection,
    filter: RegistryFilter<'_>,
    order: RegistryOrder,
    limit: u32,
    offset: u32,
) -> Result<Vec<RowRecord>> {
    let mut select = QueryBuilder::new(
        "select r.id, r.name, w.name as workspace, r.url, r.repository, r.username,
         r.ca_certificates is not null as own_authorities, r.skip_verification, r.phase, r.reason, r.checked_at,
         r.next_check_at, r.updated_at, r.created_at
         from image_registry r join workspace w on w.id = r.workspace_id",
    );
    push_filter(&mut select, filter);
    select.push(" order by ").push(order.columns());
    // Written as a number: SQLite prepares a statement anew for each value that is bound as its limit.
    select.push(format!(" limit {limit} offset ")).push_bind(i64::from(offset));
    Ok(select.build_query_as().fetch_all(connection).await?)
}

/// Adds the conditions, if any. SQLite counts a table without scanning it only if there is no `where` at all, not even
/// one that is always true.
fn push_filter(builder: &mut QueryBuilder<Sqlite>, filter: RegistryFilter<'_>) {
    let mut word = " where ";
    let mut next = || std::mem::replace(&mut word, " and ");
    if !filter.search.is_empty() {
        let pattern = pattern_containing(filter.search);
        builder.push(next()).push("(lower(r.name) like lower(").push_bind(pattern.clone()).push(") escape '\\'");
        builder.push(" or lower(r.url) like lower(").push_bind(pattern.clone()).push(") escape '\\'");
        builder.push(" or lower(r.repository) like lower(").push_bind(pattern).push(") escape '\\')");
    }
    if let Some(workspace) = filter.workspace {
        builder.push(next()).push("w.name = ").push_bind(workspace);
    }
    if let Some(phase) = filter.phase {
        builder.push(next()).push("r.phase = ").push_bind(phase.as_str());
    }
}

/// The `like` pattern of texts that contain this one. Wildcards in the text are escaped.
fn pattern_containing(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

impl RegistryOrder {
    /// Every order ends with the id, so that paging never repeats a row. The position of nulls is explicit, because
    /// databases differ.
    fn columns(self) -> &'static str {
        match (self.by, self.descending) {
            (OrderBy::Name, false) => "r.name, r.id",
            (OrderBy::Name, true) => "r.name desc, r.id desc",
            (OrderBy::Workspace, false) => "w.name, r.name, r.id",
            (OrderBy::Workspace, true) => "w.name desc, r.name desc, r.id desc",
            (OrderBy::Url, false) => "r.url, r.id",
            (OrderBy::Url, true) => "r.url desc, r.id desc",
            (OrderBy::Repository, false) => "r.repository, r.id",
            (OrderBy::Repository, true) => "r.repository desc, r.id desc",
            (OrderBy::Username, false) => "r.username nulls first, r.id",
            (OrderBy::Username, true) => "r.username desc nulls last, r.id desc",
            (OrderBy::Phase, false) => "r.phase, r.id",
            (OrderBy::Phase, true) => "r.phase desc, r.id desc",
            (OrderBy::Updated, false) => "r.updated_at, r.id",
            (OrderBy::Updated, true) => "r.updated_at desc, r.id desc",
            (OrderBy::Created, false) => "r.created_at, r.id",
            (OrderBy::Created, true) => "r.created_at desc, r.id desc",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::image_registries::tests::{create, with_one};

    #[test]
    fn wildcards_in_a_search_text_are_escaped() {
        assert_eq!(pattern_containing("50%_a\\b"), "%50\\%\\_a\\\\b%");
    }

    #[tokio::test]
    async fn a_search_ignores_letter_case_and_treats_wildcards_literally() {
        let (_folder, storage) = with_one().await;
        let mut reader = storage.reader().await.unwrap();
        for (search, found) in [("ONE", 1), ("rEGISTRY.", 1), ("50_PER", 1), ("50%PER", 0), ("o_e", 0), ("\\", 0)] {
            let filter = RegistryFilter { search, ..RegistryFilter::default() };
            assert_eq!(count(&mut reader, filter).await.unwrap(), found, "{search}");
        }
    }

    #[tokio::test]
    async fn a_snapshot_does_not_see_changes_made_after_its_first_query() {
        let (_folder, storage) = with_one().await;
        let mut snapshot = storage.snapshot().await.unwrap();
        assert_eq!(count(&mut snapshot, RegistryFilter::default()).await.unwrap(), 1);
        let mut transaction = storage.write().await.unwrap();
        create(&mut transaction, "2", "default", "two").await.unwrap();
        transaction.commit().await.unwrap();
        let by_name = RegistryOrder { by: OrderBy::Name, descending: false };
        let rows = page(&mut snapshot, RegistryFilter::default(), by_name, 10, 0).await.unwrap();
        assert_eq!(rows.len(), 1);
        drop(snapshot);
        let mut reader = storage.reader().await.unwrap();
        assert_eq!(count(&mut reader, RegistryFilter::default()).await.unwrap(), 2);
    }
}
