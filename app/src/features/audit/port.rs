//! What the audit page needs from the server.

use super::{AuditPage, AuditQuery};
use crate::server_functions::{Actor, AppError};
use async_trait::async_trait;

/// The audit trail. All of it takes an administrator of everything.
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// One page of the entries that match.
    async fn audit_page(&self, actor: &Actor, query: &AuditQuery) -> Result<AuditPage, AppError>;

    /// Keeps entries for this many days, or for ever. Older ones are deleted within the hour.
    async fn set_audit_retention(&self, actor: &Actor, days: Option<u32>) -> Result<(), AppError>;
}
