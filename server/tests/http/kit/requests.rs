//! Changes to a request before it is sent.

use axum::body::Body;
use http::{HeaderName, HeaderValue, Request};
use server::PeerAddress;

/// Chained after [`App::request`](super::App::request) or [`App::form`](super::App::form).
pub trait RequestExt: Sized {
    /// Sets a header, or replaces it.
    #[track_caller]
    fn with_header(self, name: &str, value: &str) -> Self;

    fn without_header(self, name: &str) -> Self;

    /// The address that the connection comes from.
    #[track_caller]
    fn with_peer(self, address: &str) -> Self;
}

impl RequestExt for Request<Body> {
    #[track_caller]
    fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers_mut().insert(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        self
    }

    fn without_header(mut self, name: &str) -> Self {
        self.headers_mut().remove(name);
        self
    }

    #[track_caller]
    fn with_peer(mut self, address: &str) -> Self {
        self.extensions_mut().insert(PeerAddress(address.parse().unwrap()));
        self
    }
}
