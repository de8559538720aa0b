//! Who sends a request.

use domain::{Rights, is_invisible};
use http::header;
use http::request::Parts;
use std::net::{IpAddr, Ipv4Addr};

/// Who sends a request: somebody who is signed in, or a client with a token. The HTTP layer puts it into the request's
/// extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Empty for a token that belongs to a workspace.
    pub user_id: String,
    /// Empty for a token that belongs to a workspace.
    pub user_name: String,
    /// A hash of the session token, never the token itself. Empty for a token of the API.
    pub session_id: String,
    pub rights: Rights,
    /// `None` on pages.
    pub token: Option<ActorToken>,
    pub client: Client,
}

impl Actor {
    /// The account that it acts for; `None` for a token that belongs to a workspace.
    pub fn account_id(&self) -> Option<&str> {
        Some(&*self.user_id).filter(|id| !id.is_empty())
    }
}

/// The token of the API that a request carries, in place of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorToken {
    pub id: String,
    /// Who or what uses it.
    pub name: String,
    /// The id of the only workspace that it is good for.
    pub workspace_id: Option<String>,
    /// When it expires. Milliseconds since 1970.
    pub expires_at: i64,
}

/// Where a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    pub address: IpAddr,
    /// What the browser calls itself, shortened, without control characters. Anybody can write anything there.
    pub user_agent: String,
}

/// The address of the client, even if a trusted proxy forwards the request. The HTTP layer puts it into the request's
/// extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The most of a user agent that is kept, in characters.
const MAX_USER_AGENT_CHARS: usize = 200;

impl Default for Client {
    /// Unknown.
    fn default() -> Self {
        Self { address: ClientAddress::default().0, user_agent: String::new() }
    }
}

impl Client {
    /// The client of a request.
    pub fn of(parts: &Parts) -> Self {
        let ClientAddress(address) = parts.extensions.get().copied().unwrap_or_default();
        let header = parts.headers.get(header::USER_AGENT).map(|header| String::from_utf8_lossy(header.as_bytes()));
        let visible = |c: &char| !c.is_control() && !is_invisible(*c);
        let user_agent = header.iter().flat_map(|text| text.chars().filter(visible)).take(MAX_USER_AGENT_CHARS);
        Self { address, user_agent: user_agent.collect() }
    }
}

impl Default for ClientAddress {
    /// Unknown.
    fn default() -> Self {
        Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }
}

/// The client of a request, signed in or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    pub client: Client,
    /// `None` if not signed in.
    pub actor: Option<Actor>,
}
