//! What the pages of workspaces need.

use super::{WorkspaceDetails, WorkspaceList};
use crate::server_functions::{Actor, AppError};
use async_trait::async_trait;
use domain::Name;

/// Workspaces, behind the port.
#[async_trait]
pub trait Workspaces: Send + Sync {
    /// One page of the list. Beyond the last page means the last.
    async fn list_workspaces(&self, actor: &Actor, page: u32) -> Result<WorkspaceList, AppError>;

    /// One with what it owns.
    async fn workspace(&self, actor: &Actor, name: &str) -> Result<WorkspaceDetails, AppError>;

    /// Creates one.
    async fn create_workspace(&self, actor: &Actor, name: &Name) -> Result<(), AppError>;

    /// Deletes one that owns nothing. The default workspace stays.
    async fn delete_workspace(&self, actor: &Actor, name: &str) -> Result<(), AppError>;
}
