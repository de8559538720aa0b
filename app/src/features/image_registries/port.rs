//! What the image registry pages need from the server.

use super::{
    ConnectionFields, CreateFields, DeleteTarget, EditFields, ListQuery, RegistryDetails, RegistryList,
    RegistrySummary, Report,
};
use crate::server_functions::{Actor, AppError};
use async_trait::async_trait;

/// The result of a deletion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// What was deleted, as `workspace/name`.
    pub deleted: Vec<String>,
    /// What was already deleted, as `workspace/name`.
    pub gone: Vec<String>,
}

/// Reads, changes and checks image registries. Implementations validate all fields, even if the browser has already done so.
#[async_trait]
pub trait ImageRegistries: Send + Sync {
    /// One page of the list.
    async fn list_registries(&self, actor: &Actor, query: &ListQuery) -> Result<RegistryList, AppError>;

    /// Everything that the pages show of one registry.
    async fn registry(&self, actor: &Actor, workspace: &str, name: &str) -> Result<RegistryDetails, AppError>;

    /// The same, for a person who may edit it.
    async fn registry_to_edit(&self, actor: &Actor, workspace: &str, name: &str) -> Result<RegistryDetails, AppError>;

    /// The registries with these ids that still exist, sorted by name.
    async fn registries_by_id(&self, actor: &Actor, ids: &[String]) -> Result<Vec<RegistrySummary>, AppError>;

    /// Creates a registry.
    async fn create_registry(&self, actor: &Actor, fields: CreateFields) -> Result<RegistryDetails, AppError>;

    /// Saves a registry, unless someone else has since the version that the form showed (optimistic locking).
    async fn update_registry(&self, actor: &Actor, fields: EditFields) -> Result<RegistryDetails, AppError>;

    /// Schedules an immediate check of these registries. Returns how many of them exist.
    async fn check_registries(&self, actor: &Actor, ids: &[String]) -> Result<u64, AppError>;

    /// Tests the connection in the create form. Nothing is stored.
    async fn test_new_registry(&self, actor: &Actor, fields: ConnectionFields) -> Result<Report, AppError>;

    /// Tests the connection in the edit form, with the stored password if saving would keep it. Nothing is stored.
    async fn test_edited_registry(&self, actor: &Actor, fields: EditFields) -> Result<Report, AppError>;

    /// Deletes these registries in one transaction.
    async fn delete_registries(&self, actor: &Actor, targets: &[DeleteTarget]) -> Result<Deleted, AppError>;
}
