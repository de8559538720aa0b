//! Where a registry answers.

use super::is_padded;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The longest text that is looked at, in bytes. A host name has at most 253.
const MAX_BYTES: usize = 2048;

/// Docker Hub under the names that people copy from elsewhere. All of them are `https://docker.io`.
const DOCKER_HUB_ALIASES: [&str; 5] =
    ["index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "hub.docker.com", "www.docker.io"];

/// How the registry is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain text: for labs and hosts behind other protection.
    Http,
    /// TLS; what is meant where nothing is said.
    Https,
}

impl Scheme {
    /// The scheme as URLs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    pub(super) fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// The host of a registry, spelled in one way only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A DNS name in lower case.
    Dns(String),
    /// An IPv4 address in four decimal parts.
    V4(Ipv4Addr),
    /// An IPv6 address; written in brackets.
    V6(Ipv6Addr),
}

/// A registry's address: scheme, host and optional port. No user info, path, query or fragment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegistryUrl {
    scheme: Scheme,
    host: Host,
    port: Option<u16>,
}

/// Why a text is no registry URL. `suggestion`s are what the form may offer instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// Nothing was typed.
    Missing,
    /// White space stands before or after it.
    Padded,
    /// White space stands inside it.
    Spaces,
    /// It is longer than any address.
    TooLong,
    /// The scheme is neither http nor https.
    Scheme(String),
    /// User info stands before the host.
    UserInfo {
        /// The URL without it.
        suggestion: String,
    },
    /// A query or a fragment follows.
    Query {
        /// The URL without it.
        suggestion: String,
    },
    /// A path follows that belongs into Repository.
    Path {
        /// The URL without it.
        suggestion: String,
        /// The path, without slashes at its ends.
        repository: String,
    },
    /// The port is not a number from 1 to 65535.
    Port(String),
    /// There is no host.
    HostMissing,
    /// The host is neither a DNS name nor an address.
    Host(String),
    /// Image references could not tell the host from a repository: no dot, no port, not localhost.
    Unqualified(String),
}

impl RegistryUrl {
    /// Reads a URL as typed.
    ///
    /// # Errors
    /// The first rule of [`UrlError`] that it breaks.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        if text.trim().is_empty() {
            return Err(UrlError::Missing);
        }
        if is_padded(text) {
            return Err(UrlError::Padded);
        }
        if text.len() > MAX_BYTES {
            return Err(UrlError::TooLong);
        }
        let (scheme, rest) = split_scheme(text)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let bare = |authority: &str| format!("{}://{authority}", scheme.as_str());

        if let Some((_, host)) = authority.rsplit_once('@') {
            return Err(UrlError::UserInfo { suggestion: bare(host) });
        }
        if text.contains(char::is_whitespace) {
            return Err(UrlError::Spaces);
        }
        let (host, port) = split_port(authority)?;
        let host = Host::parse(host)?;
        let url = Self { scheme, host, port }.without_alias();
        if tail.contains(['?', '#']) {
            return Err(UrlError::Query { suggestion: url.to_string() });
        }
        let path = tail.trim_matches('/');
        if !matches!(path, "" | "v1" | "v2") {
            let repository = path.strip_prefix("v2/").or_else(|| path.strip_prefix("v1/")).unwrap_or(path).to_owned();
            return Err(UrlError::Path { suggestion: url.to_string(), repository });
        }
        match &url.host {
            Host::Dns(name) if !name.contains('.') && url.port.is_none() && name != "localhost" => {
                Err(UrlError::Unqualified(name.clone()))
            }
            _ => Ok(url),
        }
    }

    /// How it is spoken to.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The port, written or not.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(self.scheme.default_port())
    }

    /// Whether this is Docker Hub, whose images are named without a host.
    pub fn is_docker_hub(&self) -> bool {
        self.host == Host::Dns("docker.io".to_owned())
    }

    /// `host[:port]`, the port only where it was given: image references keep it that way.
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.to_string(),
        }
    }

    /// Scheme, host and port (the scheme's own where none was given): where a secret would go (RFC 6454 4).
    pub fn origin(&self) -> String {
        let port = self.port.unwrap_or(self.scheme.default_port());
        format!("{}://{}:{port}", self.scheme.as_str(), self.host)
    }

    fn without_alias(self) -> Self {
        let usual_port = self.port.is_none_or(|port| port == self.scheme.default_port());
        match &self.host {
            Host::Dns(name) if usual_port && DOCKER_HUB_ALIASES.contains(&name.as_str()) => {
                Self { scheme: Scheme::Https, host: Host::Dns("docker.io".to_owned()), port: None }
            }
            _ => self,
        }
    }
}

pub(super) fn split_scheme(text: &str) -> Result<(Scheme, &str), UrlError> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Ok((Scheme::Https, text));
    };
    match scheme.to_ascii_lowercase().as_str() {
        "https" => Ok((Scheme::Https, rest)),
        "http" => Ok((Scheme::Http, rest)),
        _ => Err(UrlError::Scheme(scheme.to_owned())),
    }
}

pub(super) fn split_port(authority: &str) -> Result<(&str, Option<u16>), UrlError> {
    let (host, port) = match authority.rsplit_once(':') {
        // The last colon of `[::1]` stands inside the brackets.
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => return Ok((authority, None)),
    };
    let digits = !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit());
    match port.parse() {
        Ok(number @ 1..) if digits => Ok((host, Some(number))),
        _ if host.contains(':') && !host.starts_with('[') => Err(UrlError::Host(authority.to_owned())),
        _ => Err(UrlError::Port(port.to_owned())),
    }
}

impl Host {
    /// Reads a host as it stands in a URL: IPv6 in brackets, no port.
    ///
    /// # Errors
    /// [`UrlError::HostMissing`] or [`UrlError::Host`].
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        if text.is_empty() {
            return Err(UrlError::HostMissing);
        }
        let malformed = || UrlError::Host(text.to_owned());
        if let Some(address) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return address.parse().map(Self::V6).map_err(|_| malformed());
        }
        // RFC 1123 2.1: a name whose last label is a number would be read as an address by some and not by
        // others, so it has to be one that all read alike.
        let last = text.rsplit('.').next().unwrap_or_default();
        if last.bytes().all(|c| c.is_ascii_digit()) || last.to_ascii_lowercase().starts_with("0x") {
            return text.parse().map(Self::V4).map_err(|_| malformed());
        }
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
        };
        if text.len() > 253 || !text.split('.').all(is_label) {
            return Err(malformed());
        }
        Ok(Self::Dns(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::V4(address) => address.fmt(f),
            // Image references take hexadecimal groups only, never the dotted tail of a mapped address.
            Self::V6(address) => match address.to_ipv4_mapped() {
                Some(_) => {
                    let [.., high, low] = address.segments();
                    write!(f, "[::ffff:{high:x}:{low:x}]")
                }
                None => write!(f, "[{address}]"),
            },
        }
    }
}

impl fmt::Display for RegistryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority())
    }
}

impl TryFrom<String> for RegistryUrl {
    type Error = UrlError;

    fn try_from(text: String) -> Result<Self, UrlError> {
        Self::parse(&text)
    }
}

impl From<RegistryUrl> for String {
    fn from(url: RegistryUrl) -> Self {
        url.to_string()
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("Enter the URL of the registry, such as https://registry.example.com:5000."),
            Self::Padded => f.write_str("Remove the spaces before or after the URL."),
            Self::Spaces => f.write_str("A URL holds no spaces."),
            Self::TooLong => f.write_str("This is too long to be the address of a registry."),
            Self::Scheme(scheme) => write!(f, "{scheme}:// is not spoken by registries: use https:// or http://."),
            Self::UserInfo { suggestion } => {
                write!(f, "Put the username and password into Authentication, and leave {suggestion} here.")
            }
            Self::Query { suggestion } => write!(f, "Remove what follows the host: use {suggestion}."),
            Self::Path { suggestion, repository } => {
                write!(f, "Put {repository} into Repository, and leave {suggestion} here.")
            }
            Self::Port(port) => write!(f, "\u{201c}{port}\u{201d} is no port: use a number from 1 to 65535."),
            Self::HostMissing => f.write_str("Enter a host, such as registry.example.com."),
            Self::Host(host) => write!(
                f,
                "\u{201c}{host}\u{201d} is no host: use a DNS name, an IPv4 address or an IPv6 address in brackets."
            ),
            Self::Unqualified(host) => write!(
                f,
                "Image references cannot name the host \u{201c}{host}\u{201d}: add its domain or its port, such as {host}.example.com or {host}:5000."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> String {
        RegistryUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
    }

    fn error(text: &str) -> UrlError {
        RegistryUrl::parse(text).expect_err(text)
    }

    proptest! {
        #[test]
        fn what_parses_prints_back_to_what_parses_the_same(
            text in "((HTTPS?|https?)://)?(([a-zA-Z0-9-]{1,9}\\.){0,3}[a-zA-Z0-9-]{1,9}|\\[[0-9a-fA-F:.]{2,24}\\]|([0-9]{1,3}\\.){3}[0-9]{1,3})(:[0-9]{0,6})?(/v[12])?/?",
        ) {
            if let Ok(url) = RegistryUrl::parse(&text) {
                prop_assert_eq!(RegistryUrl::parse(&url.to_string()), Ok(url));
            }
        }

        #[test]
        fn any_text_at_all_is_an_answer_not_a_panic(text in "(?s).{0,80}") {
            let _ = RegistryUrl::parse(&text);
        }

        #[test]
        fn what_an_error_suggests_is_accepted(path in "[a-z]{3,9}", user in "[a-z]{1,5}") {
            for text in [format!("HTTPS://{user}:x@reg.example:5000"), format!("reg.example:5000/{path}"), format!("reg.example:5000?{path}")] {
                match RegistryUrl::parse(&text) {
                    Err(UrlError::UserInfo { suggestion } | UrlError::Query { suggestion } | UrlError::Path { suggestion, .. }) => {
                        prop_assert_eq!(canonical(&suggestion), "https://reg.example:5000");
                    }
                    other => prop_assert!(false, "{:?}", other),
                }
            }
        }
    }

    #[test]
    fn one_spelling_for_each_address() {
        for (typed, url) in [
            ("registry.example.com", "https://registry.example.com"),
            ("HTTP://Registry.Example.com:5000/", "http://registry.example.com:5000"),
            ("https://10.0.0.5:5000/v2/", "https://10.0.0.5:5000"),
            ("[2001:DB8::1]:5000", "https://[2001:db8::1]:5000"),
            ("[::ffff:10.0.0.5]", "https://[::ffff:a00:5]"),
            ("localhost", "https://localhost"),
            ("registry:5000", "https://registry:5000"),
        ] {
            assert_eq!(canonical(typed), url);
        }
    }

    #[test]
    fn docker_hub_has_one_name() {
        for alias in [
            "docker.io",
            "https://index.docker.io/v1/",
            "http://registry-1.docker.io",
            "hub.docker.com",
            "index.docker.io:443",
        ] {
            assert_eq!(canonical(alias), "https://docker.io", "{alias}");
        }
        assert!(RegistryUrl::parse("docker.io").unwrap().is_docker_hub());
    }

    #[test]
    fn each_broken_rule_is_classify() {
        assert_eq!(error(""), UrlError::Missing);
        assert_eq!(error(" a.example"), UrlError::Padded);
        assert_eq!(error("a .example"), UrlError::Spaces);
        assert_eq!(error("ftp://a.example"), UrlError::Scheme("ftp".into()));
        assert_eq!(error("https://"), UrlError::HostMissing);
        assert_eq!(error("https:///team"), UrlError::HostMissing);
        assert_eq!(error("registry"), UrlError::Unqualified("registry".into()));
        assert_eq!(
            error("https://a.example/v2/team/"),
            UrlError::Path { suggestion: "https://a.example".into(), repository: "team".into() }
        );
        assert_eq!(error("https://u:p@a.example/x"), UrlError::UserInfo { suggestion: "https://a.example".into() });
        assert_eq!(error("a.example#x"), UrlError::Query { suggestion: "https://a.example".into() });
        for port in ["0", "70000", "", "+80", "8o", "-1"] {
            assert_eq!(error(&format!("a.example:{port}")), UrlError::Port(port.into()));
        }
        for host in [
            "-a.example",
            "a..example",
            "a_b.example",
            "a.example.",
            "ä.example",
            "a\\b.example",
            "<b>",
            "256.1.1.1",
            "1.2.3",
            "127.1",
            "0x7f.0.0.0x1",
            "::1",
            "[::1",
            "[fe80::1%eth0]",
            "a\0.example",
        ] {
            assert!(matches!(error(host), UrlError::Host(_) | UrlError::Port(_)), "{host}: {:?}", error(host));
        }
    }

    #[test]
    fn the_origin_always_names_the_port() {
        assert_eq!(RegistryUrl::parse("a.example").unwrap().origin(), "https://a.example:443");
        assert_eq!(RegistryUrl::parse("http://a.example").unwrap().origin(), "http://a.example:80");
    }
}
