//! What the server has answered.

use crate::error::Error;
use crate::server_address::ServerAddress;
use serde::de::DeserializeOwned;
use ureq::http::{HeaderMap, StatusCode};
use zeroize::Zeroizing;

/// An answer of Portolan: a success, or 304. It may hold a secret, so it is neither printed nor left in memory.
pub struct Response {
    server: ServerAddress,
    status: StatusCode,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

impl Response {
    pub(super) fn new(server: ServerAddress, status: StatusCode, headers: HeaderMap, body: Zeroizing<Vec<u8>>) -> Self {
        Self { server, status, headers, body }
    }

    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// A header, such as `etag`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// [`Error::Unexpected`], which says where it is different but not what is there.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let place = format!("{:?} error at line {}, column {}", error.classify(), error.line(), error.column());
            Error::Unexpected(self.server.clone(), place)
        })
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Response({} of {})", self.status, self.server)
    }
}
