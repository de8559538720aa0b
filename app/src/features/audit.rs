//! The audit trail: who did what. For administrators.

mod list;
mod model;
#[cfg(feature = "ssr")]
pub mod port;
mod query;
mod retention;

pub use list::AuditParams;
pub use model::{AUDIT_ENTRIES_PER_PAGE, AuditPage, AuditRow};
#[cfg(feature = "ssr")]
pub use query::{AuditQuery, Position};

pub(crate) use list::AuditListPage;

/// The path of the download. It takes the parameters of the list, and `format`: `jsonl` or `csv`.
pub const AUDIT_EXPORT_PATH: &str = "/audit/export";
