//! Workspaces, which own image registries.

use crate::page::Page;

mod delete;
mod details;
mod list;
mod members;
#[cfg(feature = "ssr")]
pub mod port;
mod roles;
mod select;

use crate::ui::{DisplayTime, PageInfo};
use domain::Grant;
use serde::{Deserialize, Serialize};

pub(crate) use delete::WorkspaceDeletePage;
pub(crate) use details::WorkspacePage;
pub(crate) use list::{ListWorkspaces, WorkspacesPage};
pub(crate) use members::{ReadCredentials, RemoveRole, RoleForm};
pub(crate) use roles::role_options;
pub(crate) use select::WorkspaceSelect;

pub use roles::{NO_ROLE, parse_grant, parse_role};

/// The workspace that always exists.
pub const DEFAULT_WORKSPACE: &str = "default";

/// The list of workspaces, as a breadcrumb.
fn list_above() -> (Page, String) {
    (Page::Workspaces, "Workspaces".to_owned())
}

/// A row in the list of workspaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceSummary {
    pub name: String,
    /// The number of image registries that it owns.
    pub registries: u32,
    pub created: DisplayTime,
}

/// The number of workspaces on a page of the list, and the maximum number in a drop-down list.
pub const WORKSPACES_PER_PAGE: u32 = 100;

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceList {
    /// Sorted by name.
    pub rows: Vec<WorkspaceSummary>,
    pub page_info: PageInfo,
}

impl WorkspaceList {
    /// The names of all workspaces, or `None` if there are more than one page.
    pub(crate) fn all_names(self) -> Option<Vec<String>> {
        let all = self.page_info.pages() <= 1;
        all.then(|| self.rows.into_iter().map(|workspace| workspace.name).collect())
    }
}

/// A workspace with its image registries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceDetails {
    pub summary: WorkspaceSummary,
    /// The names of its image registries, sorted; at most [`SHOWN_REGISTRIES`].
    pub registries: Vec<String>,
    /// Whether the signed-in person may create image registries in it.
    pub may_create: bool,
    /// Those who have a role in this workspace alone, sorted. `None` for people who may not see that.
    pub members: Option<Vec<Member>>,
}

/// Somebody who has a role in a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub user_name: String,
    pub grant: Grant,
    pub is_disabled: bool,
}

/// The maximum number of registries on a workspace's page. It links to the list for the rest.
pub const SHOWN_REGISTRIES: u32 = 100;

impl WorkspaceSummary {
    /// `3 image registries`
    fn count(&self) -> String {
        counted(self.registries)
    }
}

/// A number of image registries in words: `3 image registries`.
pub fn counted(registries: u32) -> String {
    match registries {
        1 => "1 image registry".to_owned(),
        count => format!("{count} image registries"),
    }
}
