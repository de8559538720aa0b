//! What the pages of image registries need.

use super::{
    ConnectionFields, CreateFields, DeleteTarget, EditFields, ListQuery, RegistryDetails, RegistryList,
    RegistrySummary, Report,
};
use crate::server_functions::{Actor, AppError};
use async_trait::async_trait;

/// What a delete did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// `workspace/name` of what was deleted.
    pub deleted: Vec<String>,
    /// `workspace/name` of what was gone already.
    pub gone: Vec<String>,
}

/// Image registries, behind the port.
#[async_trait]
pub trait ImageRegistries: Send + Sync {
    /// One page of the list.
    async fn list_registries(&self, actor: &Actor, query: &ListQuery) -> Result<RegistryList, AppError>;

    /// Everything there is to see of one.
    async fn registry(&self, actor: &Actor, workspace: &str, name: &str) -> Result<RegistryDetails, AppError>;

    /// What is left of these ids, in the order of their names. Ids that are gone are left out.
    async fn registries_by_id(&self, actor: &Actor, ids: &[String]) -> Result<Vec<RegistrySummary>, AppError>;

    /// Creates one. All its fields are checked here, whatever the browser says.
    async fn create_registry(&self, actor: &Actor, fields: CreateFields) -> Result<RegistryDetails, AppError>;

    /// Changes one, unless someone else did since the version that the form showed.
    async fn update_registry(&self, actor: &Actor, fields: EditFields) -> Result<RegistryDetails, AppError>;

    /// Has all of these checked as soon as may be. Gives how many there were.
    async fn check_registries(&self, actor: &Actor, ids: &[String]) -> Result<u64, AppError>;

    /// Tests what the create form shows. Nothing is stored.
    async fn test_new_registry(&self, actor: &Actor, fields: ConnectionFields) -> Result<Report, AppError>;

    /// Tests what the edit form shows, with the stored password where the form would keep it. Nothing is stored.
    async fn test_edited_registry(&self, actor: &Actor, fields: EditFields) -> Result<Report, AppError>;

    /// Deletes all of these in one transaction.
    async fn delete_registries(&self, actor: &Actor, targets: &[DeleteTarget]) -> Result<Deleted, AppError>;
}
