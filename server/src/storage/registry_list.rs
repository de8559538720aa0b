//! The list of image registries: filtered, sorted and paged.

use super::database::Connection;
use super::dialect::pattern_containing;
use super::error::Result;
use super::image_registries::StatusRecord;
use super::scope::Scope;
use super::sets::placeholders;
use domain::Phase;
use sqlx::AssertSqlSafe;

#[derive(Clone, Copy)]
pub struct RegistryFilter<'a> {
    pub scope: Scope<'a>,
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
    pub workspace_id: String,
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

/// A search that finds no more than this is answered from their ids. Searching reads every row, so once is enough.
const FEW: usize = 1_000;

/// The registries that match a filter.
pub struct Matches {
    pub total: u32,
    /// Their ids, if a search has found few.
    few: Option<Vec<String>>,
}

/// Finds the registries that match the filter.
pub async fn find(connection: &mut Connection, filter: RegistryFilter<'_>) -> Result<Matches> {
    if !filter.search.is_empty() {
        let (join, conditions, values) = filter.clauses(connection);
        let sql = format!("select r.id from image_registry r{join}{conditions} limit {}", FEW + 1);
        let found: Vec<String> = connection.query(AssertSqlSafe(sql)).bind_all(&values).fetch_scalars().await?;
        if found.len() <= FEW {
            // No more than fit into the number.
            return Ok(Matches { total: found.len() as u32, few: Some(found) });
        }
    }
    Ok(Matches { total: count(connection, filter).await?, few: None })
}

/// The number of registries that match the filter.
async fn count(connection: &mut Connection, filter: RegistryFilter<'_>) -> Result<u32> {
    let (join, conditions, values) = filter.clauses(connection);
    let sql = format!("select count(*) from image_registry r{join}{conditions}");
    let count: i64 = connection.query(AssertSqlSafe(sql)).bind_all(&values).fetch_scalar().await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// One page of the registries that match the filter. A page in the second half is read from the end, because everything
/// before it is read, too.
pub async fn page(
    connection: &mut Connection,
    filter: RegistryFilter<'_>,
    matches: &Matches,
    order: RegistryOrder,
    limit: u32,
    offset: u32,
) -> Result<Vec<RowRecord>> {
    let rows = limit.min(matches.total.saturating_sub(offset));
    if offset <= matches.total / 2 {
        return page_from_start(connection, filter, matches, order, rows, offset).await;
    }
    let reversed = RegistryOrder { descending: !order.descending, ..order };
    let after = matches.total.saturating_sub(offset + rows);
    let mut page = page_from_start(connection, filter, matches, reversed, rows, after).await?;
    page.reverse();
    Ok(page)
}

async fn page_from_start(
    connection: &mut Connection,
    filter: RegistryFilter<'_>,
    matches: &Matches,
    order: RegistryOrder,
    limit: u32,
    offset: u32,
) -> Result<Vec<RowRecord>> {
    let (conditions, values) = match &matches.few {
        Some(ids) if ids.is_empty() => return Ok(Vec::new()),
        Some(ids) => (format!(" where r.id in {}", placeholders(1, ids.len())), ids.clone()),
        None => filter.conditions(connection),
    };
    // The limit is written as a number: SQLite prepares a statement anew for each value that is bound as its limit. The
    // first page has no offset: PostgreSQL plans a statement anew each time if its costs depend on a bound value.
    let place = values.len() + 1;
    let offset_clause = if offset == 0 { String::new() } else { format!(" offset ${place}") };
    let sql = format!(
        "select r.id, r.name, r.workspace_id, w.name as workspace, r.url, r.repository, r.username,
         r.ca_certificates is not null as own_authorities, r.skip_verification, r.phase, r.reason, r.checked_at,
         r.next_check_at, r.updated_at, r.created_at, (select number from event_counter) as as_of
         from image_registry r join workspace w on w.id = r.workspace_id{conditions}
         order by {} limit {limit}{offset_clause}",
        order.columns(),
    );
    let mut query = connection.query(AssertSqlSafe(sql)).persistent(matches.few.is_none()).bind_all(&values);
    if offset > 0 {
        query = query.bind(i64::from(offset));
    }
    query.fetch_all().await
}

impl RegistryFilter<'_> {
    /// The join that the conditions need, the `where` clause, and the values of its placeholders. SQLite counts a table
    /// without scanning it only if nothing is joined and there is no `where`, not even one that is always true.
    fn clauses(self, connection: &Connection) -> (&'static str, String, Vec<String>) {
        let join = if self.workspace.is_some() { " join workspace w on w.id = r.workspace_id" } else { "" };
        let (conditions, values) = self.conditions(connection);
        (join, conditions, values)
    }

    /// The `where` clause, if there is any condition, and the values of its placeholders.
    pub(super) fn conditions(self, connection: &Connection) -> (String, Vec<String>) {
        let mut values = Vec::new();
        let mut conditions = Vec::new();
        if !self.search.is_empty() {
            values.push(pattern_containing(self.search));
            let place = values.len();
            let columns = ["r.name", "r.url", "r.repository"];
            let contains = columns.map(|column| connection.contains(column, place));
            conditions.push(format!("({})", contains.join(" or ")));
        }
        if let Some((within, value)) = self.scope.condition("r.workspace_id", values.len() + 1) {
            values.push(value);
            conditions.push(within);
        }
        if let Some(workspace) = self.workspace {
            values.push(workspace.to_owned());
            conditions.push(format!("w.name = ${}", values.len()));
        }
        if let Some(phase) = self.phase {
            values.push(phase.as_str().to_owned());
            conditions.push(format!("r.phase = ${}", values.len()));
        }
        let clause = if conditions.is_empty() { String::new() } else { format!(" where {}", conditions.join(" and ")) };
        (clause, values)
    }
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
    use crate::storage::image_registries::tests::{create, create_one};
    use crate::storage::testing::on_both_engines;

    const ALL: RegistryFilter<'_> =
        RegistryFilter { scope: Scope::Everything, search: "", workspace: None, phase: None };

    #[tokio::test]
    async fn a_search_ignores_letter_case_and_treats_wildcards_literally() {
        on_both_engines(async |storage| {
            create_one(&storage).await;
            let mut reader = storage.reader().await.unwrap();
            for (search, found) in [("ONE", 1), ("rEGISTRY.", 1), ("50_PER", 1), ("50%PER", 0), ("o_e", 0), ("\\", 0)] {
                let filter = RegistryFilter { search, ..ALL };
                assert_eq!(find(&mut reader, filter).await.unwrap().total, found, "{search}");
                assert_eq!(count(&mut reader, filter).await.unwrap(), found, "{search}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn conditions_can_be_combined_and_every_order_works() {
        on_both_engines(async |storage| {
            create_one(&storage).await;
            let mut reader = storage.reader().await.unwrap();
            for (search, workspace, phase, found) in [
                ("one", Some("default"), Some(Phase::Pending), 1),
                ("", Some("default"), Some(Phase::Failed), 0),
                ("one", Some("other"), None, 0),
                ("one", None, Some(Phase::Pending), 1),
            ] {
                let filter = RegistryFilter { search, workspace, phase, ..ALL };
                let matches = find(&mut reader, filter).await.unwrap();
                assert_eq!(matches.total, found, "{search} {workspace:?} {phase:?}");
                for by in [
                    OrderBy::Name,
                    OrderBy::Workspace,
                    OrderBy::Url,
                    OrderBy::Repository,
                    OrderBy::Username,
                    OrderBy::Phase,
                    OrderBy::Updated,
                    OrderBy::Created,
                ] {
                    for descending in [false, true] {
                        let order = RegistryOrder { by, descending };
                        let rows = page(&mut reader, filter, &matches, order, 10, 0).await.unwrap();
                        assert_eq!(rows.len(), found as usize);
                    }
                }
            }
        })
        .await;
    }

    #[tokio::test]
    async fn every_page_of_a_list_is_the_same_from_either_end_and_for_few_matches_and_many() {
        on_both_engines(async |storage| {
            create_one(&storage).await;
            let mut transaction = storage.write().await.unwrap();
            for id in 2..=25 {
                create(&mut transaction, &id.to_string(), "default", &format!("same-{id}")).await.unwrap();
            }
            transaction.commit().await.unwrap();
            let mut reader = storage.reader().await.unwrap();
            for search in ["", "e"] {
                let filter = RegistryFilter { search, ..ALL };
                let matches = find(&mut reader, filter).await.unwrap();
                assert_eq!((matches.total, matches.few.is_some()), (25, !search.is_empty()));
                for (by, descending) in [(OrderBy::Name, false), (OrderBy::Username, true), (OrderBy::Phase, false)] {
                    let order = RegistryOrder { by, descending };
                    let all = page_from_start(&mut reader, filter, &matches, order, 100, 0).await.unwrap();
                    let all: Vec<_> = all.into_iter().map(|row| row.id).collect();
                    assert_eq!(all.len(), 25);
                    for offset in 0..30 {
                        let rows = page(&mut reader, filter, &matches, order, 4, offset).await.unwrap();
                        let ids: Vec<_> = rows.into_iter().map(|row| row.id).collect();
                        let expected: Vec<_> = all.iter().skip(offset as usize).take(4).cloned().collect();
                        assert_eq!(ids, expected, "{search} {offset}");
                    }
                }
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_snapshot_does_not_see_changes_made_after_its_first_query() {
        on_both_engines(async |storage| {
            create_one(&storage).await;
            let mut snapshot = storage.snapshot().await.unwrap();
            let matches = find(&mut snapshot, ALL).await.unwrap();
            assert_eq!(matches.total, 1);
            let mut transaction = storage.write().await.unwrap();
            create(&mut transaction, "2", "default", "two").await.unwrap();
            transaction.commit().await.unwrap();
            let by_name = RegistryOrder { by: OrderBy::Name, descending: false };
            let rows = page(&mut snapshot, ALL, &matches, by_name, 10, 0).await.unwrap();
            assert_eq!(rows.len(), 1);
            drop(snapshot);
            let mut reader = storage.reader().await.unwrap();
            assert_eq!(count(&mut reader, ALL).await.unwrap(), 2);
        })
        .await;
    }
}
