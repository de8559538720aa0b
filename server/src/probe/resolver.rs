//! The name service.

use super::shortage::is_out_of_files;
use async_trait::async_trait;
use dns_lookup::{LookupError, LookupErrorKind};
use std::net::IpAddr;

/// Finds the addresses of a host. Injected, so that a test can control the answers.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// All addresses of this name, in the order in which they should be tried.
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError>;
}

/// Why a name leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// There is no such name, or it has no address.
    #[error("the name does not exist or has no address")]
    NotFound,
    /// The name service did not answer.
    #[error("the name service did not answer")]
    Failed,
    /// This machine is out of files or memory: nothing was asked.
    #[error("this machine is out of files or memory")]
    Shortage,
}

/// The name service of the machine, with its hosts file and search domains.
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let name = name.to_owned();
        let asked = tokio::task::spawn_blocking(move || look_up(&name));
        asked.await.unwrap_or(Err(ResolveError::Failed))
    }
}

/// Asks `getaddrinfo`, which has a code for each reason to fail. The standard library only keeps the text.
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
    // Without free file descriptors it reports a failure of the name service.
    if matches!(error.kind(), LookupErrorKind::Memory) || is_out_of_files() {
        return ResolveError::Shortage;
    }
    match error.kind() {
        LookupErrorKind::NoName | LookupErrorKind::NoData => ResolveError::NotFound,
        _ => ResolveError::Failed,
    }
}
