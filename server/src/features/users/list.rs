//! The list of users, and one of them.

use super::gone;
use crate::app_state::AppState;
use crate::auth::authorize;
use crate::display_time::display_time;
use crate::error::Result;
use crate::storage::users::{self, UserOrder, UserRecord};
use crate::storage::{Scope, Storage, roles, workspaces};
use app::users::{UserColumn, UserDetails, UserList, UserQuery, UserRow, UserState, WorkspaceRole};
use app::workspaces::WORKSPACES_PER_PAGE;
use app::{Actor, PageInfo};
use domain::{Action, Resource};

/// More than there are.
const MOST: u32 = 1_000_000;

pub async fn list(state: &AppState, actor: &Actor, query: &UserQuery) -> Result<UserList> {
    authorize(actor, Action::ManageUsers, Resource::Everything)?;
    let mut snapshot = state.storage.snapshot().await?;
    let total = users::count(&mut snapshot, &query.search).await?;
    let page_info = PageInfo::nearest(query.page, query.per_page, total);
    let order = match query.column {
        UserColumn::Name => UserOrder::Name,
        UserColumn::Role => UserOrder::Role,
        UserColumn::Created => UserOrder::Created,
    };
    let (limit, offset) = (page_info.per_page, page_info.offset());
    let rows = users::page(&mut snapshot, &query.search, (order, query.descending), limit, offset).await?;
    Ok(UserList { rows: rows.into_iter().map(row).collect(), page_info })
}

pub async fn details(state: &AppState, actor: &Actor, name: &str) -> Result<UserDetails> {
    authorize(actor, Action::ManageUsers, Resource::Everything)?;
    let mut snapshot = state.storage.snapshot().await?;
    let record = users::by_name(&mut snapshot, name).await?.ok_or_else(gone)?;
    let roles = roles::of_account(&mut snapshot, &record.id).await?;
    let workspaces = workspaces::names(&mut snapshot, Scope::Everything, WORKSPACES_PER_PAGE + 1).await?;
    Ok(UserDetails {
        roles: roles.into_iter().map(|it| WorkspaceRole { workspace: it.workspace, grant: it.grant }).collect(),
        password_changed: record.has_password.then(|| display_time(record.password_changed_at)),
        link_expires: record.link_expires_at.filter(|at| *at > state.clock.now()).map(display_time),
        workspaces: (workspaces.len() <= WORKSPACES_PER_PAGE as usize).then_some(workspaces),
        is_self: record.id == actor.user_id,
        user: row(record),
    })
}

/// All users, sorted by name, without regard to who asks.
pub async fn all(storage: &Storage) -> Result<Vec<UserRow>> {
    let mut reader = storage.reader().await?;
    let all = users::page(&mut reader, "", (UserOrder::Name, false), MOST, 0).await?;
    Ok(all.into_iter().map(row).collect())
}

fn row(record: UserRecord) -> UserRow {
    let state = match (record.disabled_at, record.has_password) {
        (Some(_), _) => UserState::Disabled,
        (None, true) => UserState::Active,
        (None, false) => UserState::Invited,
    };
    UserRow {
        state,
        created: display_time(record.created_at),
        id: record.id,
        name: record.name,
        grant: record.grant,
        workspaces: record.workspaces,
    }
}
