//! Who a request speaks for.

use std::net::{IpAddr, Ipv4Addr};

/// The signed-in person that a request speaks for. The server puts it into the request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account's id.
    pub user_id: String,
    /// The user name.
    pub user_name: String,
    /// The session's id (a hash, never the token).
    pub session_id: String,
    /// Where the request came from.
    pub address: IpAddr,
}

/// Where a request came from: the client's address, also behind a trusted proxy. The server puts it into the request's
/// extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl Default for ClientAddress {
    /// Not known.
    fn default() -> Self {
        Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }
}

/// Whoever asks, signed in or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Where the request came from.
    pub address: IpAddr,
    /// The signed-in person, if there is one.
    pub actor: Option<Actor>,
}
