//! The resource `Workspace`.

use serde::{Deserialize, Serialize};

/// The `kind` of the resource.
pub const KIND: &str = "Workspace";

/// A workspace, as it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Workspace {
    /// `v1`.
    pub api_version: String,
    /// `Workspace`.
    pub kind: String,
    pub metadata: WorkspaceMetadata,
    pub status: WorkspaceStatus,
}

/// What identifies a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkspaceMetadata {
    pub name: String,
    pub creation_timestamp: String,
}

/// What a workspace owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkspaceStatus {
    /// How many image registries it has.
    pub image_registries: u64,
}

/// A workspace to create, or a manifest of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkspaceInput {
    /// `v1`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^v1$"))]
    #[serde(alias = "apiVersion", default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// `Workspace`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^Workspace$"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    pub metadata: WorkspaceMetadataInput,
}

/// What identifies a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkspaceMetadataInput {
    #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length = 63))]
    pub name: String,
}
