//! The client that checks container registries: the only module that opens outgoing connections.
//!
//! A check goes step by step: `address` decides whether an address may be connected to (SSRF), `connection` opens a
//! socket to exactly that address, `tls` and `chain` verify who answers, [`challenge`] reads what the registry asks for,
//! `realm` decides who may get the credentials, `log_in` authenticates, `pull` tries an image, and `check` puts it together.

mod address;
mod answer;
mod authorization;
mod chain;
pub mod challenge;
mod check;
mod check_run;
mod client;
mod connection;
mod endpoint;
mod headers;
mod log_in;
mod peek_stream;
mod peer;
mod proxy;
mod pull;
mod pull_target;
mod realm;
mod registry_probe;
mod resolver;
mod shortage;
mod target;
mod tls;
mod token;

pub use address::AddressPolicy;
pub use client::Client;
pub use proxy::{Proxies, ProxyError};
pub use resolver::{Resolve, ResolveError, SystemResolver};
pub use target::Target;
pub use tls::authorities_of_the_machine;
