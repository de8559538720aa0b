//! Who sends a request.

use domain::Rights;
use std::net::{IpAddr, Ipv4Addr};

/// The signed-in person who sends a request. The HTTP layer puts it into the request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub user_id: String,
    pub user_name: String,
    /// A hash of the session token, never the token itself.
    pub session_id: String,
    pub rights: Rights,
    pub address: IpAddr,
}

/// The address of the client, even if a trusted proxy forwards the request. The HTTP layer puts it into the request's
/// extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl Default for ClientAddress {
    /// Unknown.
    fn default() -> Self {
        Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }
}

/// The client of a request, signed in or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    pub address: IpAddr,
    /// `None` if not signed in.
    pub actor: Option<Actor>,
}
