//! Workspaces: what owns image registries.

mod delete;
mod details;
mod list;
#[cfg(feature = "ssr")]
pub mod port;

use crate::components::Moment;
use serde::{Deserialize, Serialize};

pub(crate) use delete::WorkspaceDeletePage;
pub(crate) use details::WorkspacePage;
pub(crate) use list::{ListWorkspaces, WorkspacesPage};

/// The workspace that always exists.
pub const DEFAULT_WORKSPACE: &str = "default";

/// The path of the list.
pub(crate) const LIST_PATH: &str = "/workspaces";

/// A workspace as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceSummary {
    /// Its name.
    pub name: String,
    /// How many image registries it owns.
    pub registries: u32,
    /// When it was created.
    pub created: Moment,
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
