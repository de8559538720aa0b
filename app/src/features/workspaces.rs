//! Workspaces: what owns image registries.

use crate::page::Page;

mod delete;
mod details;
mod list;
#[cfg(feature = "ssr")]
pub mod port;
mod select;

use crate::ui::{DisplayTime, PageInfo};
use serde::{Deserialize, Serialize};

pub(crate) use delete::WorkspaceDeletePage;
pub(crate) use details::WorkspacePage;
pub(crate) use list::{ListWorkspaces, WorkspacesPage};
pub(crate) use select::WorkspaceSelect;

/// The workspace that always exists.
pub const DEFAULT_WORKSPACE: &str = "default";

/// The list, as the page above another.
fn list_above() -> (Page, String) {
    (Page::Workspaces, "Workspaces".to_owned())
}

/// A workspace as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceSummary {
    /// Its name.
    pub name: String,
    /// How many image registries it owns.
    pub registries: u32,
    /// When it was created.
    pub created: DisplayTime,
}

/// How many workspaces a page of the list shows, and at most how many a field offers to choose from.
pub const WORKSPACES_PER_PAGE: u32 = 100;

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceList {
    /// The rows of this page, by name.
    pub rows: Vec<WorkspaceSummary>,
    /// Which page this is, and of how many.
    pub page_info: PageInfo,
}

/// A workspace with what it owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceDetails {
    /// What the list shows of it.
    pub summary: WorkspaceSummary,
    /// The names of its image registries, at most [`SHOWN_REGISTRIES`], in their order.
    pub registries: Vec<String>,
}

/// How many names of registries a workspace's page shows; the rest is a link to the list.
pub const SHOWN_REGISTRIES: u32 = 100;

impl WorkspaceSummary {
    /// `3 image registries`
    fn count(&self) -> String {
        counted(self.registries)
    }
}

/// So many image registries, in words: `3 image registries`.
pub fn counted(registries: u32) -> String {
    match registries {
        1 => "1 image registry".to_owned(),
        count => format!("{count} image registries"),
    }
}
