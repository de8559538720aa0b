//! The URL of a registry.

use super::registry_path::{path_error, reject_page_host};
use super::{Slip, command, is_padded};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The maximum length of the input, in bytes. A host name has at most 253.
const MAX_BYTES: usize = 2048;

/// The host of Docker Hub's API. Its images are named after `docker.io`.
const DOCKER_HUB_API: &str = "registry-1.docker.io";

/// Names of Docker Hub that people copy. All of them mean `https://docker.io`.
const DOCKER_HUB_ALIASES: [&str; 6] =
    ["docker.io", "index.docker.io", DOCKER_HUB_API, "registry.hub.docker.com", "hub.docker.com", "www.docker.io"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Unencrypted: for labs, and for hosts that are protected in other ways.
    Http,
    /// TLS. The default for a URL without a scheme.
    Https,
}

impl Scheme {
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

/// The host of a registry, in its canonical spelling.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A DNS name in lower case.
    Dns(String),
    /// An IPv4 address, written as four decimal numbers.
    V4(Ipv4Addr),
    /// An IPv6 address, written in brackets.
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

/// Why a text is not a registry URL. Each `suggestion` is a legal URL for the form to offer instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("Enter the URL of the registry, such as https://registry.example.com:5000.")]
    Missing,
    /// Leading or trailing white space.
    #[error("Remove the spaces before or after the URL.")]
    Padded,
    /// White space inside.
    #[error("Remove the spaces.")]
    Spaces,
    #[error("{0}")]
    Slip(Slip),
    /// A mistake with an unambiguous correction.
    #[error("{why}: use {suggestion}")]
    Instead {
        /// What is wrong, or what to do about it.
        why: &'static str,
        suggestion: String,
    },
    /// Longer than any registry URL.
    #[error("This is too long to be the address of a registry.")]
    TooLong,
    /// A scheme other than http and https.
    #[error("Registries do not support {0}://: use https:// or http://.")]
    Scheme(String),
    /// User info before the host.
    #[error("Put the username and password into Authentication, and leave {suggestion} here.")]
    UserInfo { suggestion: String },
    /// A query or a fragment after the host.
    #[error("Remove what follows the host: use {suggestion}.")]
    Query { suggestion: String },
    /// A path that belongs in Repository.
    #[error("Put {repository} into Repository, and leave {suggestion} here.")]
    Path {
        suggestion: String,
        /// Without slashes at its ends.
        repository: String,
    },
    /// The path names an image.
    #[error(
        "This names an image: put {}{image} into Test image, and leave {suggestion} here.",
        into_repository(repository)
    )]
    Image {
        suggestion: String,
        /// The path before the image's name; may be empty.
        repository: String,
        /// With its tag or digest.
        image: String,
    },
    /// A path below which the registry answers. Image references cannot contain it.
    #[error(
        "Image references cannot contain this path. Use the repository's own port or subdomain, or put {repository} into Repository and leave {suggestion} here."
    )]
    SubPath {
        suggestion: String,
        /// The last part of the path, which names one of the server's registries.
        repository: String,
    },
    /// The address of a web page.
    #[error(
        "This is a web page. Put {} into Repository, and leave {suggestion} here.",
        or_the_projects_name(repository)
    )]
    Page {
        /// The URL of the registry behind the page.
        suggestion: String,
        /// The repository that the page shows; empty if its address does not say.
        repository: String,
    },
    /// A page of GitLab, whose registry has its own address.
    #[error(
        "This is a web page. Enter the registry's own address, which the page shows, and put {repository} into Repository."
    )]
    GitLabPage {
        /// The project that the page shows.
        repository: String,
    },
    /// Not a number from 1 to 65535.
    #[error("\u{201c}{0}\u{201d} is not a valid port: use a number from 1 to 65535.")]
    Port(String),
    #[error("Enter a host, such as registry.example.com.")]
    HostMissing,
    /// Neither a DNS name nor an IP address.
    #[error("\u{201c}{host}\u{201d} {}", host_advice(.0), host = .0)]
    Host(String),
    /// A host that looks like a repository in image references: no dot, no port, not localhost.
    #[error(
        "Image references cannot name the host \u{201c}{0}\u{201d}: add its domain or its port, such as {0}.example.com or {0}:5000."
    )]
    Unqualified(String),
}

impl RegistryUrl {
    /// Parses a URL as typed.
    ///
    /// # Errors
    /// The first rule of [`UrlError`] that it breaks.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        if text.trim().is_empty() {
            return Err(UrlError::Missing);
        }
        if text.len() > MAX_BYTES {
            return Err(UrlError::TooLong);
        }
        if let Some(slip) = Slip::find(text) {
            return Err(UrlError::Slip(slip));
        }
        if is_padded(text) {
            return Err(UrlError::Padded);
        }
        // In the browser, these mistakes break another rule or are left to the server.
        if cfg!(feature = "server") {
            reject_command(text)?;
            reject_misspelled_scheme(text)?;
        }
        let (scheme, rest) = split_scheme(text)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let bare = |authority: &str| format!("{}://{authority}", scheme.as_str());

        if let Some((_, host)) = authority.rsplit_once('@') {
            return Err(UrlError::UserInfo { suggestion: bare(host) });
        }
        // A slash in a password ends the authority (RFC 3986 3.2) before the at sign. A digest also follows an at sign.
        if cfg!(feature = "server")
            && split_port(authority).is_err()
            && let Some((_, host)) = tail.rsplit_once('@')
            && !host.starts_with("sha256:")
        {
            return Err(UrlError::UserInfo { suggestion: bare(host.split('/').next().unwrap_or_default()) });
        }
        if text.contains(char::is_whitespace) {
            return Err(UrlError::Spaces);
        }
        if cfg!(feature = "server") {
            reject_misspelled_host(scheme, authority)?;
        }
        let (host, port) = split_port(authority)?;
        let host = Host::parse(host)?;
        let url = Self { scheme, host, port }.without_alias();
        if cfg!(feature = "server") {
            reject_page_host(&url)?;
        }
        let end = tail.find(['?', '#']).unwrap_or(tail.len());
        let path = tail[..end].trim_matches('/');
        if !matches!(path, "" | "v1" | "v2") {
            return Err(path_error(&url, path));
        }
        if end < tail.len() {
            return Err(UrlError::Query { suggestion: url.to_string() });
        }
        match &url.host {
            Host::Dns(name) if !name.contains('.') && url.port.is_none() && name != "localhost" => {
                Err(UrlError::Unqualified(name.clone()))
            }
            _ => Ok(url),
        }
    }

    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The explicit port, or the scheme's default.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(self.scheme.default_port())
    }

    /// Whether the port is explicit.
    pub(super) fn has_port(&self) -> bool {
        self.port.is_some()
    }

    /// Whether this is Docker Hub, whose images are named without a host.
    pub fn is_docker_hub(&self) -> bool {
        self.host == Host::Dns("docker.io".to_owned())
    }

    /// `host[:port]`, with the port only if it is explicit, as in image references.
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.to_string(),
        }
    }

    /// The host that serves the registry's API: that of the URL, except for Docker Hub.
    pub fn api_host(&self) -> Host {
        if self.is_docker_hub() { Host::Dns(DOCKER_HUB_API.to_owned()) } else { self.host.clone() }
    }

    /// `host[:port]` of the registry's API, with the port only if it is explicit.
    pub fn api_authority(&self) -> String {
        Self { host: self.api_host(), ..self.clone() }.authority()
    }

    /// The key of the registry in a Docker config: `host[:port]`; for Docker Hub, what `docker login` writes.
    pub fn docker_config_key(&self) -> String {
        if self.is_docker_hub() { "https://index.docker.io/v1/".to_owned() } else { self.authority() }
    }

    /// Scheme, host and port, explicit or not: where a secret would be sent (RFC 6454 4).
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

/// Rejects a command from documentation, and an address as Helm and skopeo write it. Only the address in a command is
/// repeated: the rest may contain a password.
fn reject_command(text: &str) -> Result<(), UrlError> {
    if text.starts_with("https://") || text.starts_with("http://") {
        return Ok(());
    }
    let is_command = text.contains(char::is_whitespace);
    let address =
        if is_command { command::address(text).ok_or(UrlError::Spaces)? } else { command::without_scheme(text) };
    if address == text {
        return Ok(());
    }
    let is_hub_image = is_command && command::is_hub_image(text, address);
    let hub = format!("docker.io/{address}");
    let why = if is_command { "Remove the command" } else { "Registries use https:// or http://" };
    match RegistryUrl::parse(if is_hub_image { &hub } else { address }) {
        Ok(url) => Err(UrlError::Instead { why, suggestion: url.to_string() }),
        Err(UrlError::Port(_) | UrlError::Host(_) | UrlError::Scheme(_) | UrlError::Unqualified(_)) if is_command => {
            Err(UrlError::Spaces)
        }
        Err(error) => Err(error),
    }
}

/// Rejects `http:/a.example`, `https//a.example` and `https://https://a.example`, but not `http:5000`, a host and its
/// port.
fn reject_misspelled_scheme(text: &str) -> Result<(), UrlError> {
    let Some((scheme, rest)) = split_scheme_word(text) else { return Ok(()) };
    let address = rest.trim_start_matches([':', '/', '\\', ';']);
    let is_correct = rest.len() - address.len() == 3 && rest.starts_with("://") && split_scheme_word(address).is_none();
    if is_correct || address.len() == rest.len() || address.bytes().all(|c| c.is_ascii_digit()) {
        return Ok(());
    }
    let meant = if split_scheme_word(address).is_some() { address.to_owned() } else { format!("{scheme}://{address}") };
    let suggestion = match RegistryUrl::parse(&meant) {
        Ok(url) => url.to_string(),
        Err(UrlError::Instead { suggestion, .. }) => suggestion,
        Err(error) => return Err(error),
    };
    Err(UrlError::Instead { why: "The scheme is misspelled", suggestion })
}

/// Splits off a scheme. The rest still begins with what should be `://`.
fn split_scheme_word(text: &str) -> Option<(&'static str, &str)> {
    let starts = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let scheme = ["https", "http"].into_iter().find(|word| starts(word))?;
    let rest = &text[scheme.len()..];
    rest.starts_with([':', '/', '\\', ';']).then_some((scheme, rest))
}

/// Rejects a host and port with an unambiguous correction.
fn reject_misspelled_host(scheme: Scheme, authority: &str) -> Result<(), UrlError> {
    let (host, port) = authority.split_once(':').map_or((authority, ""), |(host, port)| (host, port));
    let (why, meant) = if authority.parse::<Ipv6Addr>().is_ok() {
        ("Put the address in brackets", format!("[{authority}]"))
    } else if let Some((once, again)) = port.split_once(':').filter(|_| !host.starts_with('[')) {
        if once != again {
            return if once.bytes().all(|c| c.is_ascii_digit()) {
                Err(UrlError::Port(port.to_owned()))
            } else {
                Ok(())
            };
        }
        ("The port is given twice", format!("{host}:{once}"))
    } else if let Some(name) = host.strip_suffix('.') {
        (
            "Remove the dot at the end of the host",
            if port.is_empty() { name.to_owned() } else { format!("{name}:{port}") },
        )
    } else {
        return Ok(());
    };
    match RegistryUrl::parse(&format!("{}://{meant}", scheme.as_str())) {
        Ok(url) => Err(UrlError::Instead { why, suggestion: url.to_string() }),
        Err(_) => Ok(()),
    }
}

pub(super) fn split_scheme(text: &str) -> Result<(Scheme, &str), UrlError> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Ok((Scheme::Https, text));
    };
    match scheme.to_ascii_lowercase().as_str() {
        "https" => Ok((Scheme::Https, rest)),
        "http" => Ok((Scheme::Http, rest)),
        // Not repeated in the error: it may contain a password.
        _ if scheme.contains(char::is_whitespace) => Err(UrlError::Spaces),
        _ => Err(UrlError::Scheme(scheme.to_owned())),
    }
}

pub(super) fn split_port(authority: &str) -> Result<(&str, Option<u16>), UrlError> {
    let (host, port) = match authority.rsplit_once(':') {
        // The last colon of `[::1]` is inside the brackets.
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
    /// Parses a host as written in a URL: IPv6 in brackets, no port.
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
        // RFC 1123 2.1: clients disagree on whether a name with a numeric last label is an address. Only an address
        // that all of them parse alike is accepted.
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

    /// Parses the host of a service that image references never name, such as a token service. Labels may contain
    /// underscores, as in container networks, and a trailing dot is dropped.
    ///
    /// # Errors
    /// Those of [`Self::parse`].
    pub fn parse_service(text: &str) -> Result<Self, UrlError> {
        let text = text.strip_suffix('.').unwrap_or(text);
        match Self::parse(&text.replace('_', "x"))? {
            Self::Dns(_) => Ok(Self::Dns(text.to_ascii_lowercase())),
            address => Ok(address),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::V4(address) => address.fmt(f),
            // Image references allow only hexadecimal groups, not the dotted tail of a mapped address.
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

fn into_repository(repository: &str) -> String {
    if repository.is_empty() { String::new() } else { format!("{repository} into Repository and ") }
}

fn or_the_projects_name(repository: &str) -> &str {
    if repository.is_empty() { "the project's name" } else { repository }
}

fn host_advice(host: &str) -> &'static str {
    // The browser leaves the wording to the server.
    if cfg!(feature = "server") && !host.is_ascii() {
        "has letters that image references cannot hold: check that none of them only looks like a Latin one, or use the host's ASCII form (xn--\u{2026})."
    } else {
        "is not a valid host: use a DNS name, an IPv4 address or an IPv6 address in brackets."
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
        fn a_printed_url_parses_to_the_same_url(
            text in "((HTTPS?|https?)://)?(([a-zA-Z0-9-]{1,9}\\.){0,3}[a-zA-Z0-9-]{1,9}|\\[[0-9a-fA-F:.]{2,24}\\]|([0-9]{1,3}\\.){3}[0-9]{1,3})(:[0-9]{0,6})?(/v[12])?/?",
        ) {
            if let Ok(url) = RegistryUrl::parse(&text) {
                prop_assert_eq!(RegistryUrl::parse(&url.to_string()), Ok(url));
            }
        }

        #[test]
        fn parsing_a_url_never_panics(text in "(?s).{0,80}") {
            let _ = RegistryUrl::parse(&text);
        }

        #[test]
        fn a_suggested_url_is_accepted(path in "[a-z]{3,9}", user in "[a-z]{1,5}") {
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
    fn each_url_has_one_canonical_spelling() {
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
    fn aliases_of_docker_hub_become_docker_io() {
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
    fn each_invalid_url_has_its_own_error() {
        assert_eq!(error(""), UrlError::Missing);
        assert_eq!(error(" a.example"), UrlError::Padded);
        assert_eq!(error("a .example"), UrlError::Spaces);
        assert_eq!(error("ftp://a.example"), UrlError::Scheme("ftp".into()));
        assert_eq!(error("https://"), UrlError::HostMissing);
        assert_eq!(error("https:///team"), UrlError::Unqualified("team".into()));
        assert_eq!(error("registry"), UrlError::Unqualified("registry".into()));
        assert_eq!(
            error("https://a.example/v2/team/"),
            UrlError::Path { suggestion: "https://a.example".into(), repository: "team".into() }
        );
        assert_eq!(error("https://u:p@a.example/x"), UrlError::UserInfo { suggestion: "https://a.example".into() });
        assert_eq!(
            error("https://u:p/w?x@a.example/y"),
            UrlError::UserInfo { suggestion: "https://a.example".into() },
            "no part of the password is repeated"
        );
        assert_eq!(error("a.example#x"), UrlError::Query { suggestion: "https://a.example".into() });
        for port in ["0", "70000", "", "+80", "8o", "-1"] {
            assert_eq!(error(&format!("a.example:{port}")), UrlError::Port(port.into()));
        }
        for host in [
            "-a.example",
            "a..example",
            "a_b.example",
            "ä.example",
            "a\\b.example",
            "<b>",
            "256.1.1.1",
            "1.2.3",
            "127.1",
            "0x7f.0.0.0x1",
            "[::1",
            "[fe80::1%eth0]",
        ] {
            assert!(matches!(error(host), UrlError::Host(_) | UrlError::Port(_)), "{host}: {:?}", error(host));
        }
    }

    fn message(text: &str) -> String {
        error(text).to_string()
    }

    /// docker/cli#2372: for clients, an explicit port makes it a different registry.
    #[test]
    fn docker_hub_with_a_default_port_or_plain_http_becomes_docker_io() {
        for alias in
            ["docker.io:443", "https://docker.io:443", "http://docker.io", "docker.io/v1/", "http://docker.io:80"]
        {
            assert_eq!(canonical(alias), "https://docker.io", "{alias}");
        }
        assert_eq!(message("registry.docker.io"), "No registry answers at this host: use https://docker.io");
        assert_eq!(
            message("https://github.com/orgs/team/packages"),
            "No registry answers at this host: use https://ghcr.io"
        );
    }

    /// Dokploy/dokploy#3123, jfrog/artifactory-docker-examples#168.
    #[test]
    fn a_registry_below_a_path_suggests_its_own_name_as_repository() {
        for (url, name, host) in [
            ("https://nexus.example.com/repository/ships/", "ships", "https://nexus.example.com"),
            ("https://art.example.com/artifactory/api/docker/ships", "ships", "https://art.example.com"),
            ("http://nexus.example.com:8081/repository/ships/v2/", "ships", "http://nexus.example.com:8081"),
        ] {
            let sentence = message(url);
            assert!(sentence.contains(&format!("put {name} into Repository and leave {host} here.")), "{sentence}");
            assert!(sentence.contains("port or subdomain"), "{sentence}");
        }
    }

    #[test]
    fn the_address_of_a_web_page_suggests_the_project_in_it() {
        for (page, repository) in [
            ("https://hub.docker.com/r/team/app", "team/app"),
            ("https://hub.docker.com/r/team/app/tags?page=1", "team/app"),
            ("https://hub.docker.com/_/nginx", "library/nginx"),
            ("https://quay.io/repository/team/app?tab=tags", "team/app"),
            ("https://harbor.example.com/harbor/projects/3/repositories", "the project's name"),
            ("https://gitlab.example.com/group/project/container_registry", "group/project"),
            ("https://gitlab.example.com/group/project/-/container_registry", "group/project"),
        ] {
            let sentence = message(page).to_lowercase();
            assert!(
                sentence.contains("this is a web page.") && sentence.contains(&format!("put {repository} into")),
                "{sentence}"
            );
        }
    }

    #[test]
    fn an_image_pasted_as_url_is_split_among_the_fields() {
        let sentence = "This names an image: put team into Repository and app:1.2 into Test image, and leave https://ghcr.io here.";
        assert_eq!(message("ghcr.io/team/app:1.2"), sentence);
        assert_eq!(message("docker pull ghcr.io/team/app:1.2"), sentence);
        for image in ["api/server:1.2", "ui/app:1.2", "login-service:1.2"] {
            let sentence = message(&format!("registry.example.com/{image}"));
            assert!(sentence.starts_with("This names an image"), "{image}: {sentence}");
        }
        assert!(message("https://registry.example.com/api/server").contains("Put api/server into Repository"));
        assert!(message("https://harbor.example.com/api/v2.0/projects").contains("This is a web page."));
        assert!(message("localhost:5000/app@sha256:12").contains("put app@sha256:12 into Test image"));
        assert!(message("docker pull nginx:1").contains("nginx:1 into Test image, and leave https://docker.io here."));
    }

    #[test]
    fn a_command_pasted_as_url_suggests_its_address_and_never_repeats_a_password() {
        for command in [
            "docker login -u robot -p canary.x registry.example.com:5000",
            "docker login registry.example.com:5000 -u robot -p canary.x",
            "$ podman login --username=robot --password-stdin registry.example.com:5000",
        ] {
            assert_eq!(message(command), "Remove the command: use https://registry.example.com:5000", "{command}");
        }
        assert_eq!(message("docker login -u robot -p canary.x"), "Remove the spaces.");
        for command in [
            "curl -u robot:canary https://registry.example.com:5000/v2/",
            "skopeo list-tags --creds robot:canary docker://registry.example.com:5000",
            "docker login registry.example.com:5000 -u robot -p \"canary\"",
            "kubectl create secret --docker-password=canary --docker-server=https://registry.example.com",
        ] {
            assert!(!message(command).contains("canary"), "{command}: {}", message(command));
        }
        assert!(message("oci://ghcr.io/charts").contains("Put charts into Repository"));
        assert_eq!(message("docker://ghcr.io"), "Registries use https:// or http://: use https://ghcr.io");
    }

    /// whatwg/url#151, hyperobject/crossorigin.me#18.
    #[test]
    fn invisible_characters_and_quotation_marks_in_a_url_are_reported() {
        assert_eq!(
            message("\u{200b}https://a.example"),
            "Remove the invisible character (U+200B): use https://a.example"
        );
        for hidden in ['\u{feff}', '\u{ad}', '\u{202e}', '\u{2060}', '\0'] {
            let sentence = message(&format!("reg{hidden}istry.example.com"));
            assert!(
                sentence.contains("invisible character") && sentence.ends_with("use registry.example.com"),
                "{sentence}"
            );
        }
        assert_eq!(message("\u{201c}a.example\u{201d}"), "Remove the quotation marks: use a.example");
        assert_eq!(message("https\u{ff1a}//a.example"), "Replace the full-width characters: use https://a.example");
    }

    #[test]
    fn a_misspelled_scheme_or_host_suggests_the_correction() {
        for typed in [
            "https//registry.example.com",
            "https:/registry.example.com",
            "https:registry.example.com",
            "https:\\\\registry.example.com",
            "https:///registry.example.com",
            "https://https://registry.example.com",
            "https://https//registry.example.com",
        ] {
            assert_eq!(message(typed), "The scheme is misspelled: use https://registry.example.com", "{typed}");
        }
        assert_eq!(message("http:a.example"), "The scheme is misspelled: use http://a.example");
        assert_eq!(canonical("http:5000"), "https://http:5000", "a host of that name");
        assert_eq!(message("a.example.:5000"), "Remove the dot at the end of the host: use https://a.example:5000");
        assert_eq!(message("a.example:5000:5000"), "The port is given twice: use https://a.example:5000");
        assert!(message("a.example:5000:5001").contains("5000:5001\u{201d} is not a valid port"));
        assert_eq!(message("http://2001:db8::1"), "Put the address in brackets: use http://[2001:db8::1]");
    }

    #[test]
    fn a_host_with_non_ascii_letters_gets_advice() {
        // The second has a Cyrillic letter that looks like a Latin one.
        for host in ["b\u{fc}cher.example", "r\u{435}gistry.example.com"] {
            assert!(message(host).contains("letters that image references cannot hold"), "{host}: {}", message(host));
        }
    }

    #[test]
    fn an_origin_always_includes_the_port() {
        assert_eq!(RegistryUrl::parse("a.example").unwrap().origin(), "https://a.example:443");
        assert_eq!(RegistryUrl::parse("http://a.example").unwrap().origin(), "http://a.example:80");
    }
}
