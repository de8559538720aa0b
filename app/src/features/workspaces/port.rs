//! What the workspace pages need from the server.

use super::{WorkspaceDetails, WorkspaceList};
use crate::server_functions::{Actor, AppError};
use async_trait::async_trait;
use domain::{Grant, Name};

/// Reads and changes workspaces.
#[async_trait]
pub trait Workspaces: Send + Sync {
    /// One page of the list. A page beyond the last means the last.
    async fn list_workspaces(&self, actor: &Actor, page: u32) -> Result<WorkspaceList, AppError>;

    /// The first page of those in which the actor may create image registries.
    async fn workspaces_to_create_in(&self, actor: &Actor) -> Result<WorkspaceList, AppError>;

    /// One workspace with its image registries.
    async fn workspace(&self, actor: &Actor, name: &str) -> Result<WorkspaceDetails, AppError>;

    /// The same, for a person who may delete it.
    async fn workspace_to_delete(&self, actor: &Actor, name: &str) -> Result<WorkspaceDetails, AppError>;

    /// Creates a workspace.
    async fn create_workspace(&self, actor: &Actor, name: &Name) -> Result<(), AppError>;

    /// Gives a user a role in a workspace, in place of the one that they have there, or takes it away.
    async fn set_workspace_role(
        &self,
        actor: &Actor,
        workspace: &str,
        user_name: &str,
        grant: Option<Grant>,
    ) -> Result<(), AppError>;

    /// Deletes a workspace that owns no image registries. The default workspace cannot be deleted.
    async fn delete_workspace(&self, actor: &Actor, name: &str) -> Result<(), AppError>;
}
