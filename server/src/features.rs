//! Use cases, one file each. They implement the traits of `app` for [`AppState`] and contain no SQL.
//!
//! [`AppState`]: crate::app_state::AppState

mod accounts;
mod audit;
mod image_registries;
mod manifests;
mod retry;
mod tokens;
mod users;
mod workspaces;

pub use accounts::{awaits_setup, find_session, session_exists};
pub use audit::{
    Entry, ExportFormat, export as export_audit, export_from as export_audit_from, forget_old_entries,
    new_refusal_limit, recorded,
};
pub use image_registries::{connection_fields, export as export_registries, pointer, ticked};
pub use tokens::{InvalidToken, authenticate as authenticate_token};
pub use users::{By, UserChanges, Whom, all_users};
