//! What the image registry pages need from the server.

use super::{
    ConnectionFields, CreateFields, DeleteTarget, EditFields, ListQuery, PullPanel, RegistryDetails, RegistryList,
    RegistrySummary, Report,
};
use crate::server_functions::{Actor, AppError};
use async_trait::async_trait;
use domain::{Credentials, Name, Phase, RegistryUrl, Repository, TrustPolicy};

/// The result of a deletion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// What was deleted, as `workspace/name`.
    pub deleted: Vec<String>,
    /// What was already deleted, as `workspace/name`.
    pub gone: Vec<String>,
}

/// Which registries to read, and from where on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CursorQuery {
    /// Text to search for in name, URL and repository; empty for all.
    pub search: String,
    pub workspace: Option<Name>,
    pub status: Option<Phase>,
    pub order: CursorOrder,
    pub descending: bool,
    /// The cursor of the page before; `None` for the first page.
    pub cursor: Option<String>,
    /// From 1 to 500.
    pub limit: u32,
}

/// What pages are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CursorOrder {
    Name,
    Created,
    Updated,
}

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct CursorPage {
    pub items: Vec<RegistryDetails>,
    /// The cursor of the next page; `None` on the last one.
    pub next: Option<String>,
}

/// What identifies a request that may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// As chosen by the client.
    pub key: String,
    /// The body of the request.
    pub request: Vec<u8>,
}

/// Why nothing was created.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CreateOnceError {
    #[error(transparent)]
    App(#[from] AppError),
    #[error("This Idempotency-Key was used for another request. Use a new one for each request.")]
    KeyReused,
}

/// Whose credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialsOf {
    /// Those of one registry.
    Registry { workspace: String, name: String },
    /// Those of the registry with the longest prefix of this image reference.
    Image(String),
    /// Those of the only registry at this host: `host[:port]`, with or without a scheme, or the key of Docker Hub.
    Server(String),
}

/// The credentials that were found.
#[derive(Debug)]
pub enum FoundCredentials {
    One(Box<RegistryCredentials>),
    None,
    /// Several registries would do: `workspace/name` of each. Nothing was read.
    Several(Vec<String>),
}

/// What a client needs to pull from a registry. Never serialised.
#[derive(Clone, Debug)]
pub struct RegistryCredentials {
    pub workspace: String,
    pub name: String,
    /// The version of the registry that all of this is of.
    pub version: i64,
    pub url: RegistryUrl,
    pub repository: Repository,
    pub trust: TrustPolicy,
    /// `None` for anonymous access.
    pub credentials: Option<Credentials>,
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

    /// Everything about registries, a page at a time, for the API.
    async fn registries_after(&self, actor: &Actor, query: &CursorQuery) -> Result<CursorPage, AppError>;

    /// Creates a registry, or returns the one that an earlier request with the same key created.
    async fn create_registry_once(
        &self,
        actor: &Actor,
        fields: CreateFields,
        key: &IdempotencyKey,
    ) -> Result<RegistryDetails, CreateOnceError>;

    /// The credentials of a registry. Recorded with its purpose, and remembered as a use by this actor.
    async fn credentials(
        &self,
        actor: &Actor,
        which: &CredentialsOf,
        purpose: &str,
    ) -> Result<FoundCredentials, AppError>;

    /// A registry in a format that machines take, with a placeholder for the password. An unknown format is the first one.
    async fn pull_config(
        &self,
        actor: &Actor,
        workspace: &str,
        name: &str,
        format: &str,
    ) -> Result<PullPanel, AppError>;

    /// The same with the password. It is a reading of the credentials, to be shown on a page.
    async fn pull_config_with_password(
        &self,
        actor: &Actor,
        workspace: &str,
        name: &str,
        format: &str,
    ) -> Result<PullPanel, AppError>;

    /// Deletes these registries in one transaction. If clients have read the credentials of one lately, only if that is
    /// `confirmed`.
    async fn delete_registries(
        &self,
        actor: &Actor,
        targets: &[DeleteTarget],
        confirmed: bool,
    ) -> Result<Deleted, AppError>;
}
