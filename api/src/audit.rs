//! The audit trail, for administrators.

use serde::{Deserialize, Serialize};

/// Who did what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    pub id: String,
    pub time: String,
    /// The username; empty if nobody was logged in.
    pub person: String,
    /// The name of the token; null if it was done on a page.
    pub token: Option<String>,
    pub address: String,
    pub user_agent: String,
    /// Such as `registry.create`.
    pub event: String,
    /// `Done`, `Refused` or `Failed`.
    pub outcome: String,
    pub workspace: Option<String>,
    /// The name of what it was done to.
    pub object: Option<String>,
    /// A sentence for each changed field.
    pub changes: Vec<String>,
}
