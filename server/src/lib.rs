//! The server: storage, vault, scheduler, use cases, and the router in front of them.
//!
//! Modules form layers, and no layer uses a higher one. From the bottom: `clock`, `entropy`, `trace`, `log_limit`,
//! `rate_limit`, `metrics`, `public_url`, `display_time`, `data_folder`; [`pull_config`]; `vault`; `storage`; `events`;
//! [`probe`]; `auth`; `scheduler`; `error`, `app_state`; `features`; [`http`], `key_reload`, `background`, `start`;
//! [`maintenance`].

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
mod key_reload;
mod log_limit;
pub mod maintenance;
mod metrics;
pub mod probe;
mod public_url;
pub mod pull_config;
mod rate_limit;
mod scheduler;
mod start;
mod storage;
mod trace;
mod vault;

pub use app_state::AppState;
pub use auth::SessionLimits;
pub use background::run_in_background;
pub use clock::{Clock, SystemClock};
pub use entropy::{Entropy, SystemEntropy};
pub use http::{
    CertificateError, CertificateFiles, CookiePolicy, HttpOptions, Listener, PeerAddress, Tls, TlsError,
    TrustedProxies, listen, metrics_router, router, serve, serve_metrics,
};
pub use public_url::{PublicUrl, PublicUrlError};
pub use scheduler::CheckSettings;
pub use start::{Settings, StartError, start};
pub use storage::{AddressError, CopiedRows, DatabaseAddress, PostgresSettings};
pub use vault::{KeyError, KeySource};
