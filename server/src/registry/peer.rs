//! One other side: the registry, or its token service.

use super::connection::{Connection, Unanswered, dial};
use super::endpoint::Endpoint;
use super::tls::Tls;
use super::walk::{Limit, Walk};
use super::{AddressPolicy, NameError, Resolve};
use app::domain::{Finding, Hop, Host, Scheme};
use http::{HeaderValue, Response};
use hyper::body::Incoming;
use std::net::{IpAddr, SocketAddr};
use tokio::net::TcpStream;

/// A host that has been reached. Whatever is asked of it goes to the address that was judged.
pub struct Peer {
    pub endpoint: Endpoint,
    address: SocketAddr,
    tls: Option<Tls>,
    connection: Connection,
}

impl Peer {
    /// Walks to a host: address, name service, connection, encryption.
    pub async fn reach(
        walk: &mut Walk,
        resolver: &dyn Resolve,
        policy: &AddressPolicy,
        endpoint: Endpoint,
        tls: &Tls,
    ) -> Result<Self, Finding> {
        let name = endpoint.to_string();
        let addresses = match &endpoint.host {
            Host::Dns(host) => {
                let asked = async { resolver.addresses(host).await.map_err(of_name) };
                let found = walk.hop(Hop::Dns, &name, Limit::CONNECT, asked).await?;
                walk.hop(Hop::Address, &name, Limit::CONNECT, async { judged(policy, found) }).await?
            }
            Host::V4(address) => {
                walk.hop(Hop::Address, &name, Limit::CONNECT, async { judged(policy, vec![(*address).into()]) }).await?
            }
            Host::V6(address) => {
                walk.hop(Hop::Address, &name, Limit::CONNECT, async { judged(policy, vec![(*address).into()]) }).await?
            }
        };
        let port = endpoint.port;
        let dialling = dial_any(policy, &addresses, port);
        let (stream, address) = walk.hop(Hop::Tcp, &name, Limit::CONNECT, dialling).await?;
        let tls = (endpoint.scheme == Scheme::Https).then(|| tls.clone());
        let opening = Connection::open(stream, &endpoint, tls.clone());
        let connection = match &tls {
            Some(_) => walk.hop(Hop::Tls, &name, Limit::CONNECT, opening).await?,
            None => opening.await?,
        };
        Ok(Self { endpoint, address, tls, connection })
    }

    /// Asks for a path. A connection that was closed after an answer is opened again, to the same address.
    pub async fn get(
        &mut self,
        path: &str,
        authorization: Option<&HeaderValue>,
    ) -> Result<Response<Incoming>, Finding> {
        let was_used = self.connection.was_used();
        if !self.connection.is_open().await {
            self.reconnect().await?;
        }
        match self.connection.get(&self.endpoint, path, authorization).await {
            // The server closed a kept connection just as this was sent: nobody has answered, so it is asked again.
            Err(Unanswered { closed: true, .. }) if was_used => {
                self.reconnect().await?;
                self.connection.get(&self.endpoint, path, authorization).await.map_err(|error| error.finding)
            }
            other => other.map_err(|error| error.finding),
        }
    }

    async fn reconnect(&mut self) -> Result<(), Finding> {
        let stream = dial(self.address).await?;
        self.connection = Connection::open(stream, &self.endpoint, self.tls.clone()).await?;
        Ok(())
    }

    /// What an error while reading an answer means.
    pub fn finding(&self, error: &(dyn std::error::Error + 'static)) -> Finding {
        self.connection.finding(error)
    }
}

fn of_name(error: NameError) -> Finding {
    match error {
        NameError::NotFound => Finding::HostNotFound,
        NameError::Failed => Finding::NameServiceFailed,
        NameError::Shortage => Finding::CheckBroken,
    }
}

/// All addresses, or none of them: a name that leads to a forbidden place at times leads there at last.
fn judged(policy: &AddressPolicy, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, Finding> {
    if addresses.iter().all(|address| policy.allows(*address)) { Ok(addresses) } else { Err(Finding::AddressDenied) }
}

/// The first address that answers; where none does, what the first one said.
async fn dial_any(policy: &AddressPolicy, addresses: &[IpAddr], port: u16) -> Result<(TcpStream, SocketAddr), Finding> {
    let mut reason = None;
    for address in addresses.iter().map(|address| SocketAddr::new(*address, port)) {
        match dial(address).await {
            Ok(stream) if stream.local_addr().is_ok_and(|from| !policy.is_own(from, address)) => {
                return Ok((stream, address));
            }
            Ok(_) => return Err(Finding::AddressDenied),
            // What the other side says counts for more than a shortage of ours.
            Err(finding) if reason.is_none() || reason == Some(Finding::CheckBroken) => reason = Some(finding),
            Err(_) => {}
        }
    }
    Err(reason.unwrap_or(Finding::HostNotFound))
}
