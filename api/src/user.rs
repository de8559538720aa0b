//! Users, for administrators.

use serde::{Deserialize, Serialize};

/// A user, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    pub name: String,
    /// What the user may do everywhere: `Viewer`, `Editor`, `Administrator`; null if only in workspaces.
    pub role: Option<String>,
    /// Whether that includes reading credentials.
    pub read_credentials: bool,
    /// `Active`, `Invited` or `Disabled`.
    pub state: String,
    /// In how many workspaces the user has a role.
    pub workspaces: u64,
}
