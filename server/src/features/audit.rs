//! The audit trail.

mod entry;
mod export;
mod history;
mod list;
mod refusals;
mod retention;

pub use entry::Entry;
pub use export::{ExportFormat, export, export_from};
pub use history::history;
pub use refusals::{new_refusal_limit, recorded};
pub use retention::forget_old_entries;

use crate::app_state::AppState;
use app::audit::port::AuditTrail;
use app::audit::{AuditPage, AuditQuery};
use app::{Actor, AppError};
use async_trait::async_trait;

#[async_trait]
impl AuditTrail for AppState {
    async fn audit_page(&self, actor: &Actor, query: &AuditQuery) -> Result<AuditPage, AppError> {
        recorded(self, actor, list::list(self, actor, query).await).await
    }

    async fn set_audit_retention(&self, actor: &Actor, days: Option<u32>) -> Result<(), AppError> {
        recorded(self, actor, retention::set(self, actor, days).await).await
    }
}
