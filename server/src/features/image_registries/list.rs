//! The list: filtered, sorted and paged by the database.

use super::status::status;
use crate::app_state::AppState;
use crate::auth::scope;
use crate::display_time::display_time;
use crate::error::Result;
use crate::storage::registry_list::{self, OrderBy, RegistryFilter, RegistryOrder, RowRecord};
use crate::storage::workspaces;
use app::image_registries::{Column, ListQuery, RegistryList, RegistryRow, Sort, SortColumn};
use app::workspaces::WORKSPACES_PER_PAGE;
use app::{Actor, PageInfo};
use domain::{Action, Resource};

pub async fn list(state: &AppState, actor: &Actor, query: &ListQuery) -> Result<RegistryList> {
    let filter = RegistryFilter {
        scope: scope(actor),
        search: &query.search,
        workspace: query.workspace.as_ref().map(domain::Name::as_str),
        phase: query.status,
    };
    // One snapshot, so that the page cannot contradict the count.
    let mut snapshot = state.storage.snapshot().await?;
    let matches = registry_list::find(&mut snapshot, filter).await?;
    let page_info = PageInfo::nearest(query.page, query.per_page, matches.total);
    let (limit, offset) = (page_info.per_page, page_info.offset());
    let rows = registry_list::page(&mut snapshot, filter, &matches, order(query.sort), limit, offset).await?;
    let workspaces = workspaces::names(&mut snapshot, filter.scope, WORKSPACES_PER_PAGE + 1).await?;
    Ok(RegistryList {
        rows: rows.into_iter().map(|record| row(state, actor, record)).collect(),
        page_info,
        // If there are too many workspaces, the filter is hidden.
        workspaces: (workspaces.len() <= WORKSPACES_PER_PAGE as usize).then_some(workspaces),
    })
}

fn order(sort: Sort) -> RegistryOrder {
    let by = match sort.column {
        SortColumn::Name => OrderBy::Name,
        SortColumn::Other(Column::Workspace) => OrderBy::Workspace,
        SortColumn::Other(Column::Url) => OrderBy::Url,
        SortColumn::Other(Column::Repository) => OrderBy::Repository,
        SortColumn::Other(Column::Credentials) => OrderBy::Username,
        SortColumn::Other(Column::Status) => OrderBy::Phase,
        SortColumn::Other(Column::Updated) => OrderBy::Updated,
        SortColumn::Other(Column::Created) => OrderBy::Created,
    };
    RegistryOrder { by, descending: sort.descending }
}

fn row(state: &AppState, actor: &Actor, record: RowRecord) -> RegistryRow {
    RegistryRow {
        may_edit: actor.rights.allow(Action::EditRegistry, Resource::Workspace(&record.workspace_id)),
        status: status(state, record.status),
        updated: display_time(record.updated_at),
        created: display_time(record.created_at),
        id: record.id,
        name: record.name,
        workspace: record.workspace,
        url: record.url,
        repository: record.repository,
        username: record.username,
        own_authorities: record.own_authorities,
        skip_verification: record.skip_verification,
    }
}
