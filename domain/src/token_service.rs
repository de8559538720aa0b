//! The token service of a registry, where it lives in another domain.

use super::registry_url::{Host, Scheme, split_port, split_scheme};
use super::{Slip, is_padded};

/// A host that an editor has confirmed: it may be given the registry's credentials for a token. Never over http where
/// the registry itself is spoken to over https.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenService {
    text: String,
    host: Host,
    port: Option<u16>,
}

/// Why a text names no token service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenServiceError {
    /// White space stands before or after it.
    #[error("Remove the spaces before or after the token service.")]
    Padded,
    /// More than the host was given.
    #[error("Enter the host alone: {suggestion}")]
    More {
        /// The host alone.
        suggestion: String,
    },
    /// It is spoken to with something else than http or https.
    #[error("Enter the host alone: a token service is spoken to over https, or http.")]
    Scheme,
    /// Something came along that nobody sees.
    #[error("{0}")]
    Slip(Slip),
    /// It names no host.
    #[error("Enter a host, such as auth.example.com or auth.example.com:5001.")]
    Malformed,
}

impl TokenService {
    /// Reads a host with an optional port; `https://` or `http://` before it is dropped.
    ///
    /// # Errors
    /// The first rule of [`TokenServiceError`] that it breaks.
    pub fn parse(text: &str) -> Result<Self, TokenServiceError> {
        if let Some(slip) = Slip::find(text) {
            return Err(TokenServiceError::Slip(slip));
        }
        if is_padded(text) {
            return Err(TokenServiceError::Padded);
        }
        let (_, rest) = split_scheme(text).map_err(|_| TokenServiceError::Scheme)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, port) = split_port(&rest[..end]).map_err(|_| TokenServiceError::Malformed)?;
        let host = Host::parse_service(host).map_err(|_| TokenServiceError::Malformed)?;
        let text = match port {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        if matches!(&rest[end..], "" | "/") {
            Ok(Self { text, host, port })
        } else {
            Err(TokenServiceError::More { suggestion: text })
        }
    }

    /// Whether this is the token service at that host and port. Where none was confirmed, the scheme's own is meant.
    pub fn matches(&self, scheme: Scheme, host: &Host, port: u16) -> bool {
        self.host == *host && self.port.unwrap_or(scheme.default_port()) == port
    }

    /// `host[:port]`, the port where it was given.
    pub fn as_str(&self) -> &str {
        &self.text
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
        assert_eq!(read("HTTPS://Auth.Example.com:443/"), Ok("auth.example.com:443".to_owned()));
        assert_eq!(read("auth:5001"), Ok("auth:5001".to_owned()));
        let suggestion = "auth.example.com".to_owned();
        assert_eq!(read("https://auth.example.com/token?service=x"), Err(TokenServiceError::More { suggestion }));
        assert_eq!(read("http://auth.example.com/"), Ok("auth.example.com".to_owned()));
        assert_eq!(read("ftp://auth.example.com"), Err(TokenServiceError::Scheme));
        assert_eq!(read("10.0.0.5"), Ok("10.0.0.5".to_owned()));
        assert_eq!(read("[::1]:5001"), Ok("[::1]:5001".to_owned()));
        assert_eq!(read(" auth.example.com"), Err(TokenServiceError::Padded));
        for text in ["", "-a.example", "user@auth.example.com", "auth.example.com:0", "https://"] {
            assert_eq!(read(text), Err(TokenServiceError::Malformed), "{text}");
        }
    }

    /// goharbor/harbor#3603 and #21854: an address is confirmed like a name.
    #[test]
    fn what_was_confirmed_is_known_again_with_and_without_the_usual_port() {
        let matches = |confirmed: &str, scheme, host: &str, port| {
            TokenService::parse(confirmed).unwrap().matches(scheme, &Host::parse(host).unwrap(), port)
        };
        for (confirmed, scheme, host, port) in [
            ("auth.example", Scheme::Https, "auth.example", 443),
            ("auth.example", Scheme::Http, "auth.example", 80),
            ("auth.example:80", Scheme::Http, "auth.example", 80),
            ("http://auth.example:80", Scheme::Http, "auth.example", 80),
            ("auth.example:443", Scheme::Https, "auth.example", 443),
            ("10.0.0.5:5001", Scheme::Http, "10.0.0.5", 5001),
            ("[2001:db8::1]", Scheme::Https, "[2001:DB8::1]", 443),
        ] {
            assert!(matches(confirmed, scheme, host, port), "{confirmed}");
        }
        assert!(!matches("auth.example", Scheme::Https, "auth.example", 8443));
        assert!(!matches("auth.example:8443", Scheme::Https, "auth.example", 443));
        assert!(!matches("auth.example", Scheme::Https, "evil.example", 443));
        assert!(!matches("10.0.0.5", Scheme::Https, "10.0.0.6", 443));
    }

    #[test]
    fn an_invisible_character_in_a_token_service_is_named() {
        let said = TokenService::parse("auth\u{200b}.example").unwrap_err().to_string();
        assert_eq!(said, "Remove the invisible character (U+200B): use auth.example");
    }
}
