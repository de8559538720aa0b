//! The token service of a registry, where it lives in another domain.

use super::is_padded;
use super::registry_url::{Host, split_port, split_scheme};
use std::fmt;

/// A host that an editor has confirmed: it may be given the registry's credentials for a token. Never over http where
/// the registry itself is spoken to over https.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenService(String);

/// Why a text names no token service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenServiceError {
    /// White space stands before or after it.
    Padded,
    /// More than the host was given.
    More {
        /// The host alone.
        suggestion: String,
    },
    /// It is spoken to with something else than http or https.
    Scheme,
    /// An address says nothing about whose it is.
    Address,
    /// It names no host.
    Malformed,
}

impl TokenService {
    /// Reads a host name with an optional port; `https://` or `http://` before it is dropped, and its usual port.
    ///
    /// # Errors
    /// The first rule of [`TokenServiceError`] that it breaks.
    pub fn parse(text: &str) -> Result<Self, TokenServiceError> {
        if is_padded(text) {
            return Err(TokenServiceError::Padded);
        }
        let (scheme, rest) = split_scheme(text).map_err(|_| TokenServiceError::Scheme)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, port) = split_port(&rest[..end]).map_err(|_| TokenServiceError::Malformed)?;
        let name = match Host::parse(host) {
            Ok(Host::Dns(name)) => name,
            Ok(Host::V4(_) | Host::V6(_)) => return Err(TokenServiceError::Address),
            Err(_) => return Err(TokenServiceError::Malformed),
        };
        let service = match port.filter(|port| *port != scheme.default_port()) {
            Some(port) => format!("{name}:{port}"),
            None => name,
        };
        if matches!(&rest[end..], "" | "/") {
            Ok(Self(service))
        } else {
            Err(TokenServiceError::More { suggestion: service })
        }
    }

    /// `host[:port]`, without the scheme's usual port.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Padded => f.write_str("Remove the spaces before or after the token service."),
            Self::More { suggestion } => write!(f, "Enter the host alone: {suggestion}"),
            Self::Scheme => f.write_str("Enter the host alone: a token service is spoken to over https, or http."),
            Self::Address => f.write_str("Enter a host name: an address says nothing about whose it is."),
            Self::Malformed => f.write_str("Enter a host name, such as auth.example.com or auth.example.com:5001."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_read_prints_as_itself(text in "(https://)?[a-zA-Z0-9.-]{1,20}(:[0-9]{1,5})?/?") {
            if let Ok(service) = TokenService::parse(&text) {
                prop_assert_eq!(TokenService::parse(service.as_str()), Ok(service));
            }
        }
    }

    #[test]
    fn a_host_and_nothing_more() {
        let read = |text| TokenService::parse(text).map(|service| service.as_str().to_owned());
        assert_eq!(read("HTTPS://Auth.Example.com:443/"), Ok("auth.example.com".to_owned()));
        assert_eq!(read("auth:5001"), Ok("auth:5001".to_owned()));
        let suggestion = "auth.example.com".to_owned();
        assert_eq!(read("https://auth.example.com/token?service=x"), Err(TokenServiceError::More { suggestion }));
        assert_eq!(read("http://auth.example.com:80"), Ok("auth.example.com".to_owned()));
        assert_eq!(read("ftp://auth.example.com"), Err(TokenServiceError::Scheme));
        assert_eq!(read("10.0.0.5"), Err(TokenServiceError::Address));
        assert_eq!(read("[::1]:5001"), Err(TokenServiceError::Address));
        assert_eq!(read(" auth.example.com"), Err(TokenServiceError::Padded));
        for text in ["", "a_b.example", "user@auth.example.com", "auth.example.com:0", "https://"] {
            assert_eq!(read(text), Err(TokenServiceError::Malformed), "{text}");
        }
    }
}
