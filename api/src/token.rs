//! API tokens.

use crate::credentials::exposed;
use domain::Secret;
use serde::{Deserialize, Serialize};

/// How long a token is valid unless said otherwise, in days.
pub const DEFAULT_DAYS: u32 = 90;

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    pub id: String,
    /// Who or what uses it.
    pub name: String,
    /// Whose it is; null for a token of a workspace, which outlives its maker.
    pub owner: Option<String>,
    /// The only workspace that it is good for; null if for all of its owner's.
    pub workspace: Option<String>,
    /// The most that it may do: `Viewer`, `Editor` or `Administrator`. Its owner's role limits it further.
    pub role: String,
    /// Whether it may read credentials, if its owner may.
    pub read_credentials: bool,
    pub created_by: String,
    pub creation_timestamp: String,
    /// From then on it is refused.
    pub expiration_timestamp: String,
    pub expired: bool,
    /// When it was last used, to the minute; null if never.
    pub last_used_time: Option<String>,
    /// From where.
    pub last_used_address: Option<String>,
}

/// A token to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenInput {
    /// Who or what uses it: 1 to 63 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 63))]
    pub name: String,
    /// The only workspace that it is good for. Required if it belongs to the workspace.
    #[serde(default)]
    pub workspace: Option<String>,
    /// Whether it belongs to the workspace and outlives its maker.
    #[serde(default)]
    pub belongs_to_workspace: bool,
    /// `Viewer`, `Editor` or `Administrator`; no more than its maker's.
    #[cfg_attr(feature = "openapi", schema(pattern = "^(Viewer|Editor|Administrator)$"))]
    pub role: String,
    /// Whether it may read credentials. Its maker must be allowed to.
    #[serde(default)]
    pub read_credentials: bool,
    /// How long it is valid, in days: 1 to 366. 90 if missing.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 366))]
    #[serde(default)]
    pub days: Option<u32>,
}

/// A new token. Its secret is never shown again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedToken {
    #[serde(flatten)]
    pub token: Token,
    /// `portolan_`, 64 hexadecimal digits, `_`, and their checksum.
    #[serde(serialize_with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub secret: Option<Secret>,
}
