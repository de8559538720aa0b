//! The address that people open the console at.

use http::Uri;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A scheme, a host and perhaps a port, as browsers write them in `Origin`: in lower case, and without the usual port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    is_https: bool,
}

/// Why an address cannot be that of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PublicUrlError {
    #[error("expected an address such as https://console.example.com or https://console.example.com:8443")]
    NotAnAddress,
    #[error("the console cannot be below a path; give it a host name of its own")]
    Path,
}

impl PublicUrl {
    /// Whether browsers reach the console over TLS.
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// The host name or address, an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        let authority = self.origin.split_once("://").map_or("", |(_, rest)| rest);
        match authority.rsplit_once(':') {
            // Not a colon within brackets.
            Some((host, port)) if !port.ends_with(']') => host,
            _ => authority,
        }
    }

    /// Whether this is the value of an `Origin` header that pages of the console send.
    pub fn is_origin(&self, origin: &str) -> bool {
        self.origin == origin
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, PublicUrlError> {
        let uri: Uri = text.parse().map_err(|_| PublicUrlError::NotAnAddress)?;
        let (usual, is_https) = match uri.scheme_str() {
            Some("https") => (443, true),
            Some("http") => (80, false),
            _ => return Err(PublicUrlError::NotAnAddress),
        };
        let authority = uri.authority().ok_or(PublicUrlError::NotAnAddress)?;
        if authority.host().is_empty() || authority.as_str().contains('@') || uri.query().is_some() {
            return Err(PublicUrlError::NotAnAddress);
        }
        if uri.path() != "/" {
            return Err(PublicUrlError::Path);
        }
        let port = match authority.port() {
            None => None,
            Some(port) => Some(port.as_u16()).filter(|port| *port != usual),
        };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let scheme = if is_https { "https" } else { "http" };
        Ok(Self { origin: format!("{scheme}://{}{port}", authority.host().to_ascii_lowercase()), is_https })
    }
}

/// Without a slash at the end: a path follows.
impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_written_as_browsers_write_an_origin() {
        for (text, origin) in [
            ("https://console.example.com", "https://console.example.com"),
            ("https://Console.Example.com:443/", "https://console.example.com"),
            ("https://console.example.com:8443", "https://console.example.com:8443"),
            ("http://10.0.0.5:80", "http://10.0.0.5"),
            ("https://[2001:db8::7]:8443", "https://[2001:db8::7]:8443"),
        ] {
            let url: PublicUrl = text.parse().unwrap();
            assert!(url.is_origin(origin) && url.to_string() == origin, "{url}");
        }
        for text in ["console.example.com", "ftp://a.example", "https://", "https://u@a.example", "https://a.example?x"]
        {
            assert_eq!(text.parse::<PublicUrl>(), Err(PublicUrlError::NotAnAddress), "{text}");
        }
        assert_eq!("https://a.example/portolan".parse::<PublicUrl>(), Err(PublicUrlError::Path));
    }

    #[test]
    fn the_host_of_a_public_url_is_without_its_port() {
        for (text, host) in [
            ("https://console.example.com", "console.example.com"),
            ("https://console.example.com:8443", "console.example.com"),
            ("https://[2001:db8::7]", "[2001:db8::7]"),
            ("https://[2001:db8::7]:8443", "[2001:db8::7]"),
        ] {
            assert_eq!(text.parse::<PublicUrl>().unwrap().host(), host);
        }
    }
}
