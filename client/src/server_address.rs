//! Where a server of Portolan answers.

use std::fmt;
use std::net::IpAddr;
use thiserror::Error;
use ureq::http::Uri;
use ureq::http::uri::Scheme;

/// The origin of a console: scheme, host and optional port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress(String);

/// Why a text is not the address of a server. None repeats the text, which may contain a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    #[error("the address of a server is like https://portolan.example.com, with nothing after the host and port")]
    Form,
    #[error(
        "the address of a server holds no username and password: put the token into a file, and name it as token_file"
    )]
    UserInfo,
    #[error("a token is sent only over https. Use https, or allow_http = true if nobody else can read this network")]
    PlainHttp,
}

impl ServerAddress {
    /// Parses an address. Plain HTTP is accepted for loopback addresses, or if allowed.
    ///
    /// # Errors
    /// See [`AddressError`].
    pub fn parse(text: &str, allow_http: bool) -> Result<Self, AddressError> {
        let uri: Uri = text.trim().parse().map_err(|_| AddressError::Form)?;
        let authority = uri.authority().ok_or(AddressError::Form)?;
        if authority.as_str().contains('@') {
            return Err(AddressError::UserInfo);
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() || text.contains('#') {
            return Err(AddressError::Form);
        }
        let is_http = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => false,
            Some(scheme) if *scheme == Scheme::HTTP => true,
            _ => return Err(AddressError::Form),
        };
        if is_http && !allow_http && !is_loopback(authority.host()) {
            return Err(AddressError::PlainHttp);
        }
        Ok(Self(format!("{}://{authority}", if is_http { "http" } else { "https" })))
    }

    /// Scheme, host and optional port, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_http(&self) -> bool {
        self.0.starts_with("http:")
    }
}

/// Only what cannot be resolved to anything else: names other than localhost may be.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_an_origin() {
        for (text, expected) in [
            ("https://portolan.example.com", "https://portolan.example.com"),
            ("https://portolan.example.com/", "https://portolan.example.com"),
            ("HTTPS://portolan.example.com:8443", "https://portolan.example.com:8443"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("http://localhost:3000", "http://localhost:3000"),
        ] {
            assert_eq!(ServerAddress::parse(text, false).unwrap().as_str(), expected, "{text}");
        }
        for text in
            ["", "portolan.example.com", "https://a.example/api", "https://a.example/?token=1", "ftp://a.example"]
        {
            assert_eq!(ServerAddress::parse(text, true), Err(AddressError::Form), "{text}");
        }
    }

    #[test]
    fn plain_http_needs_a_loopback_address_or_permission() {
        for text in
            ["http://portolan.example.com", "http://10.0.0.1:3000", "http://localhost.example.com", "http://0.0.0.0"]
        {
            assert_eq!(ServerAddress::parse(text, false), Err(AddressError::PlainHttp), "{text}");
            assert!(ServerAddress::parse(text, true).unwrap().is_http(), "{text}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        let error = ServerAddress::parse("https://robot:canary@a.example", false).unwrap_err();
        assert_eq!(error, AddressError::UserInfo);
        assert!(!error.to_string().contains("canary"));
    }
}
