//! The server: storage, vault, scheduler, use cases, and the router in front of them.
//!
//! Modules form layers, and no layer uses a higher one. From the bottom: `clock`, `entropy`, `log_limit`,
//! `display_time`, `data_folder`; `vault`; `storage`; `events`; [`probe`]; `auth`; `scheduler`; `error`, `app_state`;
//! `features`; [`http`], `background`, `start`; [`maintenance`].

// The types of pages are as deeply nested as their elements.
#![recursion_limit = "256"]

mod app_state;
mod auth;
mod background;
mod clock;
mod data_folder;
mod display_time;
mod entropy;
mod error;
mod events;
mod features;
pub mod http;
mod log_limit;
pub mod maintenance;
pub mod probe;
mod scheduler;
mod start;
mod storage;
mod vault;

pub use app_state::AppState;
pub use auth::SessionLimits;
pub use background::run_in_background;
pub use clock::{Clock, SystemClock};
pub use entropy::{Entropy, SystemEntropy};
pub use http::{CookiePolicy, HttpOptions, PeerAddress, TrustedProxies, listen, router, serve};
pub use scheduler::CheckSettings;
pub use start::{Settings, StartError, start};
pub use storage::{AddressError, CopiedRows, DatabaseAddress, PostgresSettings};
pub use vault::{SecretContext, Vault, VaultError};
