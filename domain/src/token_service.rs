//! A registry's token service in another domain.

use super::registry_url::{Host, Scheme, split_port, split_scheme};
use super::{Slip, is_padded};

/// A host that an editor has confirmed. The registry's credentials may be sent there in exchange for a token, but never
/// over http if the registry itself uses https.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenService {
    text: String,
    host: Host,
    port: Option<u16>,
}

/// Why a text is not a token service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenServiceError {
    /// Leading or trailing white space.
    #[error("Remove the spaces before or after the token service.")]
    Padded,
    /// A path, query or fragment follows the host.
    #[error("Enter only the host: {suggestion}")]
    More { suggestion: String },
    /// A scheme other than http and https.
    #[error("Enter only the host: a token service uses https or http.")]
    Scheme,
    #[error("{0}")]
    Slip(Slip),
    /// Not a host with an optional port.
    #[error("Enter a host, such as auth.example.com or auth.example.com:5001.")]
    Malformed,
}

impl TokenService {
    /// Parses a host with an optional port. A leading `https://` or `http://` is dropped.
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

    /// Whether this is the service at that host and port. Without a confirmed port, the scheme's default port matches.
    pub fn matches(&self, scheme: Scheme, host: &Host, port: u16) -> bool {
        self.host == *host && self.port.unwrap_or(scheme.default_port()) == port
    }

    /// `host[:port]`, with the port only if it was given.
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
        fn a_printed_token_service_parses_to_the_same_service(text in "(https://)?[a-zA-Z0-9.-]{1,20}(:[0-9]{1,5})?/?") {
            if let Ok(service) = TokenService::parse(&text) {
                prop_assert_eq!(TokenService::parse(service.as_str()), Ok(service));
            }
        }
    }

    #[test]
    fn a_token_service_is_a_host_with_an_optional_port() {
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

    /// goharbor/harbor#3603 and #21854: an IP address can be confirmed like a name.
    #[test]
    fn a_confirmed_token_service_matches_with_and_without_the_default_port() {
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
    fn an_invisible_character_in_a_token_service_is_reported() {
        let message = TokenService::parse("auth\u{200b}.example").unwrap_err().to_string();
        assert_eq!(message, "Remove the invisible character (U+200B): use auth.example");
    }
}
