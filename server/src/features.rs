//! Use cases, one file each. They implement the traits of `app` for [`AppState`] and contain no SQL.
//!
//! [`AppState`]: crate::app_state::AppState

mod accounts;
mod image_registries;
mod retry;
mod users;
mod workspaces;

pub use accounts::{awaits_setup, find_session, session_exists};
