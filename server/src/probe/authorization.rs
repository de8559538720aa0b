//! What a registry lets us in with.

use super::challenge::Bearer;
use super::peer::Peer;
use http::HeaderValue;

/// What goes into the `Authorization` header.
pub enum Authorization {
    /// It asks for nothing.
    None,
    /// A username and a password, in a header.
    Basic(HeaderValue),
    /// A token.
    Bearer(Box<BearerToken>),
}

/// A token, and where to get more of them.
pub struct BearerToken {
    /// The token service, if that is another host than the registry.
    pub service: Option<Peer>,
    pub bearer: Bearer,
    pub token: HeaderValue,
    /// Whether the token service tells the credentials from none at all.
    pub proved: bool,
}
