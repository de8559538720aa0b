//! Name resolution.

use super::shortage::is_out_of_files;
use async_trait::async_trait;
use dns_lookup::{LookupError, LookupErrorKind};
use std::net::IpAddr;

/// Resolves host names. A trait, so that tests can control the addresses.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// All addresses of this name, in the order in which to try them.
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError>;
}

/// Why a name could not be resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    #[error("the name does not exist or has no address")]
    NotFound,
    #[error("the name service did not answer")]
    Failed,
    #[error("this machine is out of files or memory")]
    Shortage,
}

/// The resolver of the system, with its hosts file and search domains.
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let name = name.to_owned();
        let asked = tokio::task::spawn_blocking(move || look_up(&name));
        asked.await.unwrap_or(Err(ResolveError::Failed))
    }
}

/// Calls `getaddrinfo` directly for its error codes; the standard library returns only a message.
fn look_up(name: &str) -> Result<Vec<IpAddr>, ResolveError> {
    let hints = dns_lookup::AddrInfoHints { socktype: dns_lookup::SockType::Stream.into(), ..Default::default() };
    let found = dns_lookup::getaddrinfo(Some(name), None, Some(hints)).map_err(|error| classify(&error))?;
    let mut addresses: Vec<IpAddr> = Vec::new();
    for entry in found.filter_map(Result::ok) {
        if !addresses.contains(&entry.sockaddr.ip()) {
            addresses.push(entry.sockaddr.ip());
        }
    }
    if addresses.is_empty() { Err(ResolveError::NotFound) } else { Ok(addresses) }
}

fn classify(error: &LookupError) -> ResolveError {
    // If no file descriptor is free, it reports a failure of the name service.
    if matches!(error.kind(), LookupErrorKind::Memory) || is_out_of_files() {
        return ResolveError::Shortage;
    }
    match error.kind() {
        LookupErrorKind::NoName | LookupErrorKind::NoData => ResolveError::NotFound,
        _ => ResolveError::Failed,
    }
}
