//! Where a request comes from, also behind a proxy.

use app::ClientAddress;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The other end of the connection. The listener puts it into every request.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddress(pub IpAddr);

/// Proxies that are trusted to report the client's address. A header from anybody else is ignored: anyone can write one.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    /// These networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address of the client. Each proxy adds the address of its own client at the end of `X-Forwarded-For`,
    /// so the list is read from there, for as long as what it names is a trusted proxy itself.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        let named = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
        let named: Vec<&str> = named.flat_map(|value| value.split(',')).map(str::trim).collect();
        let mut client = peer;
        for name in named.iter().rev() {
            if !self.contains(client) {
                break;
            }
            match parse(name) {
                Some(address) => client = address,
                None => break,
            }
        }
        client
    }
}

/// An address, with or without a port, as proxies write it.
fn parse(name: &str) -> Option<IpAddr> {
    let address = name.parse().ok();
    let address = address.or_else(|| name.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip()));
    let address = address.or_else(|| name.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    address.map(|address: IpAddr| address.to_canonical())
}

/// Puts the client's address into the request.
pub async fn identify(State(proxies): State<TrustedProxies>, mut request: Request, next: Next) -> Response {
    let ClientAddress(unknown) = ClientAddress::default();
    let peer = request.extensions().get().map_or(unknown, |PeerAddress(address)| address.to_canonical());
    if request.headers().contains_key(FORWARDED_FOR) && !proxies.contains(peer) {
        warn_once(peer);
    }
    let address = proxies.client(peer, request.headers());
    request.extensions_mut().insert(ClientAddress(address));
    next.run(request).await
}

/// Without the option, everybody behind a proxy looks like one client, and shares its failures to log in.
fn warn_once(peer: IpAddr) {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if !WARNED.swap(true, Ordering::Relaxed) {
        tracing::warn!(%peer, "X-Forwarded-For is ignored. If {peer} is your proxy, start with --trusted-proxy {peer}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, headers: &[&str]) -> String {
        let proxies = TrustedProxies::new(["10.0.0.0/8", "::1/128"].map(|network| network.parse().unwrap()).to_vec());
        let mut map = HeaderMap::new();
        for value in headers {
            map.append(FORWARDED_FOR, value.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &map).to_string()
    }

    #[test]
    fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
        assert_eq!(client("10.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("::1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(client("::ffff:10.0.0.1", &["192.0.2.7:80"]), "192.0.2.7");
        assert_eq!(client("192.0.2.1", &["192.0.2.7"]), "192.0.2.1", "anybody can write the header");
    }

    #[test]
    fn what_a_client_writes_itself_does_not_count() {
        assert_eq!(client("10.0.0.1", &["127.0.0.1, 192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("10.0.0.1", &["127.0.0.1", "192.0.2.7, 10.0.0.2"]), "192.0.2.7", "two proxies");
        assert_eq!(client("10.0.0.1", &["192.0.2.7, nonsense"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }
}
