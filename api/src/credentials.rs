//! Credentials, for clients that may read them.

use domain::Secret;
use serde::{Deserialize, Serialize, Serializer};

/// The credentials of one registry: the answer of `GET /api/v1/credentials` and, without `format`, of
/// `GET /api/v1/workspaces/{workspace}/image_registries/{name}/credentials`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Credentials {
    pub workspace: String,
    pub name: String,
    /// `metadata.version` of the registry that these credentials belong to.
    pub version: i64,
    /// Scheme, host and optional port.
    pub url: String,
    /// What image references begin with.
    pub image_prefix: String,
    /// The key of the registry in a Docker config: `host[:port]`, for Docker Hub `https://index.docker.io/v1/`.
    pub server: String,
    /// Both null for anonymous access.
    pub username: Option<String>,
    #[serde(serialize_with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub password: Option<Secret>,
}

/// The files of a format that has several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PullFiles {
    pub files: Vec<PullFile>,
}

/// A file for a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PullFile {
    /// Where it belongs on a node, or only a file name.
    pub path: String,
    /// May contain the password.
    #[serde(serialize_with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub content: Option<Secret>,
}

/// Serialises a secret in the clear. For answers to those who may read it.
#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(crate) fn exposed<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(Secret::expose).serialize(serializer)
}
