//! The client of the JSON API: what nodes, pipelines and people at a shell use, without a page.
//!
//! Nothing here starts a runtime or a log: a container runtime starts a credential helper for each pull and waits for it.

// `eprintln!` panics if standard error cannot be written.
#![warn(clippy::print_stderr)]

mod cache;
mod commands;
mod config;
mod credential;
mod credentials;
pub mod docker_helper;
mod duration;
mod error;
mod exit_status;
mod http;
mod kubelet_provider;
mod lists;
mod plain_text;
mod proxy;
mod server_address;
mod standard_streams;
mod tls;
mod token_file;

pub use commands::{Command, CommandError};
pub use config::{CacheConfig, Config, ConfigError, ConfigOptions};
pub use error::{Error, Failure, FailureKind};
pub use exit_status::ExitStatus;
pub use http::{Http, Method, Request, Response};
pub use server_address::{AddressError, ServerAddress};
pub use standard_streams::{print, say};
pub use token_file::TokenError;
