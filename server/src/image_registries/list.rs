//! The list: filtered, sorted and paged by the database.

use super::check::StatusColumns;
use crate::app_state::AppState;
use crate::display_time::display_time;
use crate::error::Result;
use crate::workspaces;
use app::PageInfo;
use app::image_registries::{Column, ListQuery, RegistryList, RegistryRow, Sort, SortColumn};
use sqlx::{QueryBuilder, Sqlite};

#[derive(sqlx::FromRow)]
struct ListRecord {
    id: String,
    name: String,
    workspace: String,
    url: String,
    repository: String,
    username: Option<String>,
    own_authorities: bool,
    skip_verification: bool,
    #[sqlx(flatten)]
    status: StatusColumns,
    updated_at: i64,
    created_at: i64,
}

pub async fn list(state: &AppState, query: &ListQuery) -> Result<RegistryList> {
    let as_of = state.events.last();
    let mut reader = state.store.readers().acquire().await?;
    let mut count = QueryBuilder::new("select count(*) from image_registry r");
    if query.workspace.is_some() {
        count.push(" join workspace w on w.id = r.workspace_id");
    }
    filter(&mut count, query);
    let total: u32 = count.build_query_scalar().fetch_one(&mut *reader).await?;
    let page_info = PageInfo::nearest(query.page, query.per_page, total);

    let mut select = QueryBuilder::new(
        "select r.id, r.name, w.name as workspace, r.url, r.repository, r.username,
         r.ca_certificates is not null as own_authorities, r.skip_verification, r.phase, r.reason, r.checked_at, r.next_check_at, r.updated_at, r.created_at
         from image_registry r join workspace w on w.id = r.workspace_id",
    );
    filter(&mut select, query);
    select.push(" order by ").push(order(query.sort));
    select.push(" limit ").push_bind(page_info.per_page).push(" offset ").push_bind(page_info.offset());
    let rows: Vec<ListRecord> = select.build_query_as().fetch_all(&mut *reader).await?;

    let workspaces = workspaces::names(&mut reader).await?;
    Ok(RegistryList { rows: rows.into_iter().map(|row| row.shown(state, as_of)).collect(), page_info, workspaces })
}

/// Adds the conditions, if there are any: SQLite counts a whole table without walking it, but not below a
/// `where`, be it ever so true.
fn filter(builder: &mut QueryBuilder<Sqlite>, query: &ListQuery) {
    let mut word = " where ";
    let mut next = || std::mem::replace(&mut word, " and ");
    if !query.search.is_empty() {
        let pattern = contains(&query.search);
        builder.push(next()).push("(r.name like ").push_bind(pattern.clone()).push(" escape '\\'");
        builder.push(" or r.url like ").push_bind(pattern.clone()).push(" escape '\\'");
        builder.push(" or r.repository like ").push_bind(pattern).push(" escape '\\')");
    }
    if let Some(workspace) = &query.workspace {
        builder.push(next()).push("w.name = ").push_bind(workspace.to_string());
    }
    if let Some(phase) = query.status {
        builder.push(next()).push("r.phase = ").push_bind(phase.as_str());
    }
}

/// The pattern of texts that contain this one, with its own wildcards made plain.
fn contains(text: &str) -> String {
    let plain = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{plain}%")
}

/// Every order ends with the id, so that paging never shows a row twice.
fn order(sort: Sort) -> &'static str {
    match (sort.column, sort.descending) {
        (SortColumn::Name, false) => "r.name, r.id",
        (SortColumn::Name, true) => "r.name desc, r.id desc",
        (SortColumn::Other(Column::Workspace), false) => "w.name, r.name, r.id",
        (SortColumn::Other(Column::Workspace), true) => "w.name desc, r.name desc, r.id desc",
        (SortColumn::Other(Column::Url), false) => "r.url, r.id",
        (SortColumn::Other(Column::Url), true) => "r.url desc, r.id desc",
        (SortColumn::Other(Column::Repository), false) => "r.repository, r.id",
        (SortColumn::Other(Column::Repository), true) => "r.repository desc, r.id desc",
        (SortColumn::Other(Column::Credentials), false) => "r.username, r.id",
        (SortColumn::Other(Column::Credentials), true) => "r.username desc, r.id desc",
        (SortColumn::Other(Column::Status), false) => "r.phase, r.id",
        (SortColumn::Other(Column::Status), true) => "r.phase desc, r.id desc",
        (SortColumn::Other(Column::Updated), false) => "r.updated_at, r.id",
        (SortColumn::Other(Column::Updated), true) => "r.updated_at desc, r.id desc",
        (SortColumn::Other(Column::Created), false) => "r.created_at, r.id",
        (SortColumn::Other(Column::Created), true) => "r.created_at desc, r.id desc",
    }
}

impl ListRecord {
    fn shown(self, state: &AppState, as_of: i64) -> RegistryRow {
        RegistryRow {
            status: self.status.shown(state, as_of),
            updated: display_time(self.updated_at),
            created: display_time(self.created_at),
            id: self.id,
            name: self.name,
            workspace: self.workspace,
            url: self.url,
            repository: self.repository,
            username: self.username,
            own_authorities: self.own_authorities,
            skip_verification: self.skip_verification,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_search_are_plain_text() {
        assert_eq!(contains("50%_a\\b"), "%50\\%\\_a\\\\b%");
    }
}
