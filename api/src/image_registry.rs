//! The resource `ImageRegistry`.

use domain::Secret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The `kind` of the resource.
pub const KIND: &str = "ImageRegistry";

/// An image registry, as it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImageRegistry {
    /// `v1`.
    pub api_version: String,
    /// `ImageRegistry`.
    pub kind: String,
    pub metadata: Metadata,
    pub spec: Spec,
    pub status: Status,
}

/// What identifies a registry, and who changed it when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Metadata {
    /// Unique within the workspace. Never changes.
    pub name: String,
    /// The name of the workspace. Never changes.
    pub workspace: String,
    /// For people and tools, as in Kubernetes; Portolan does not read them.
    pub labels: BTreeMap<String, String>,
    /// For people and tools; Portolan does not read them.
    pub annotations: BTreeMap<String, String>,
    pub creation_timestamp: String,
    pub created_by: String,
    /// When a person or a client last changed it. Checks do not count.
    pub update_timestamp: String,
    pub updated_by: String,
    /// Incremented by each change.
    pub version: i64,
}

/// The settings. Credentials are written as `authconfig` and never read back; `status.credentials` says what is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Spec {
    /// Scheme, host and optional port.
    pub url: String,
    /// The project or namespace inside the registry; may be empty.
    pub repository: String,
    /// The image that checks pull; may be empty.
    pub test_image: String,
    pub trust: Trust,
}

/// What a client trusts, besides the authorities of its system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trust {
    /// CA certificates in PEM; may be empty.
    pub ca_certificates: String,
    /// Whether the certificate of the registry is not verified.
    pub skip_verification: bool,
    /// Another host that may receive the credentials, to exchange them for tokens; may be empty.
    pub token_service: String,
}

/// What the last check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Status {
    /// `Pending`, `Connected` or `Failed`.
    pub phase: String,
    /// A sentence.
    pub reason: String,
    /// Since when the phase holds.
    pub last_transition_time: String,
    /// When it was last checked; null if never.
    pub last_checked_time: Option<String>,
    /// When it last worked; null if never.
    pub last_connected_time: Option<String>,
    /// Whether a check is due or running.
    pub checking: bool,
    /// What image references begin with: `host[:port][/repository]`.
    pub image_prefix: String,
    /// What is known of the credentials; null for anonymous access.
    pub credentials: Option<StoredCredentials>,
    /// Whether the token of this request may read the credentials of this registry.
    pub credentials_readable: bool,
}

/// What may be read of stored credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoredCredentials {
    pub username: String,
    /// When the password was last set.
    pub password_set_time: String,
}

/// An image registry to create, or a manifest of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImageRegistryInput {
    /// `v1`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^v1$"))]
    #[serde(alias = "apiVersion", default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// `ImageRegistry`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^ImageRegistry$"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    pub metadata: MetadataInput,
    pub spec: SpecInput,
}

/// What identifies a registry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetadataInput {
    #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length = 63))]
    pub name: String,
    /// If the path names a workspace, the same or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// The settings of a registry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SpecInput {
    pub url: String,
    #[serde(default)]
    pub repository: String,
    #[serde(default)]
    pub test_image: String,
    #[serde(default)]
    pub trust: Trust,
    /// Missing or null for anonymous access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authconfig: Option<AuthConfig>,
}

/// Credentials to store. Never part of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuthConfig {
    #[serde(default)]
    pub username: String,
    /// In a change, empty means the stored one.
    #[serde(default, skip_serializing)]
    #[cfg_attr(feature = "openapi", schema(value_type = String, write_only))]
    pub password: Secret,
}

/// The names of registries to delete, all or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkDelete {
    /// From 1 to 500 names in the workspace.
    pub names: Vec<String>,
    /// Whether to go on although clients have read the credentials of one in the last 7 days.
    #[serde(default)]
    pub confirmed: bool,
}

/// What became of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkDeleted {
    pub deleted: Vec<String>,
    /// Those that did not exist.
    pub gone: Vec<String>,
}

/// The report of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// `Connected`, `Failed`, or `Pending` if the check says nothing about the registry.
    pub phase: String,
    pub reason: String,
    /// What to do about it, if anything.
    pub next_step: Option<String>,
    pub steps: Vec<ReportStep>,
}

/// One step of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportStep {
    pub label: String,
    /// `host:port` that it connected to.
    pub peer: String,
    /// `Passed`, `Unverified` or `Failed`.
    pub outcome: String,
    /// Explains an outcome other than `Passed`.
    pub sentence: Option<String>,
}
