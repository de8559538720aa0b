//! The name service.

use async_trait::async_trait;
use std::io;
use std::net::IpAddr;

/// Finds the addresses of a host. Injected, so that a test can own the answers.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// All addresses of this name, in the order in which they should be tried.
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, NameError>;
}

/// Why a name leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// There is no such name, or it has no address.
    NotFound,
    /// The name service did not say.
    Failed,
}

/// The name service of the machine, with its hosts file and search domains.
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, NameError> {
        let found = tokio::net::lookup_host((name, 0)).await.map_err(|error| told_apart(&error))?;
        let addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
        if addresses.is_empty() { Err(NameError::NotFound) } else { Ok(addresses) }
    }
}

/// `getaddrinfo` has a code for each case, of which the standard library passes on the text alone.
fn told_apart(error: &io::Error) -> NameError {
    let text = error.to_string();
    let passing = ["Temporary failure", "Try again", "System error", "Non-recoverable"];
    if passing.iter().any(|passing| text.contains(passing)) { NameError::Failed } else { NameError::NotFound }
}
