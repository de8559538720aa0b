//! The client of the JSON API: what nodes, pipelines and people at a shell use, without a page.
//!
//! Nothing here starts a runtime or a log: a container runtime starts a credential helper for each pull and waits for it.

pub mod commands;
mod config;
mod error;
mod http;
mod server_address;
mod tls;
mod token_file;

pub use config::{CacheConfig, Config, ConfigError, ConfigOptions};
pub use error::{Error, Failure, FailureKind};
pub use http::{Answer, Http, Method, Request};
pub use server_address::{AddressError, ServerAddress};
pub use token_file::TokenError;
