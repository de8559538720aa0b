//! How requests to a registry are authenticated.

use super::challenge::Bearer;
use super::peer::Peer;
use http::HeaderValue;

/// The value of the `Authorization` header.
pub enum Authorization {
    None,
    Basic(HeaderValue),
    Bearer(Box<BearerToken>),
}

/// A token, and what is needed to get another one.
pub struct BearerToken {
    /// The token service, if it is not on the registry's own host.
    pub service: Option<Peer>,
    pub bearer: Bearer,
    pub token: HeaderValue,
    /// Whether the token service has been seen to verify the credentials, rather than giving anyone a token.
    pub credentials_verified: bool,
}
