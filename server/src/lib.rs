//! What makes it true: the SQLite store, the vault, sessions, and the router in front of them.

// The type of a page nests as deep as its elements do.
#![recursion_limit = "256"]

mod accounts;
mod backend;
mod background;
mod checks;
mod clock;
mod data_folder;
mod entropy;
mod events;
mod hex;
pub mod http;
mod image_registries;
mod log_limit;
mod moment;
mod readiness;
pub mod registry;
mod start;
mod store;
mod trouble;
mod vault;
mod workspaces;

pub use accounts::{ABSOLUTE_LIFETIME, IDLE_LIFETIME};
pub use backend::Portolan;
pub use background::run_in_background;
pub use checks::CheckSettings;
pub use clock::{Clock, SystemClock};
pub use entropy::{Entropy, SystemEntropy};
pub use http::{Cookies, HttpOptions, PeerAddress, TrustedProxies, listen, router, serve};
pub use start::{Settings, StartError, start};
pub use vault::{Place, Vault, VaultError};
