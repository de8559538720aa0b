//! Where a connection goes to.

use domain::{Host, RegistryUrl, Scheme};
use http::Uri;
use std::fmt;

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub scheme: Scheme,
    pub host: Host,
    pub port: u16,
}

/// Docker Hub's images are named after one host and served by another.
const DOCKER_HUB_API: &str = "registry-1.docker.io";

impl Endpoint {
    /// Where the registry's API answers.
    pub fn of_api(url: &RegistryUrl) -> Self {
        let host = if url.is_docker_hub() { Host::Dns(DOCKER_HUB_API.to_owned()) } else { url.host().clone() };
        Self { scheme: url.scheme(), host, port: url.port() }
    }

    /// Scheme, host and port of an absolute http or https URI; none if it is anything else, carries user
    /// information, or names a host that is none.
    pub fn of_uri(uri: &Uri) -> Option<Self> {
        let scheme = match uri.scheme_str()? {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') {
            return None;
        }
        let default_port = if scheme == Scheme::Https { 443 } else { 80 };
        // An authority that names a port which is no number has none for this library.
        let port = match authority.as_str().rsplit_once(':') {
            Some((_, after)) if !after.contains(']') => authority.port_u16().filter(|port| *port > 0)?,
            _ => default_port,
        };
        Some(Self { scheme, host: Host::parse_service(authority.host()).ok()?, port })
    }

    /// The `Host` header (RFC 9110 7.2): without the port if it is the usual one.
    pub fn authority(&self) -> String {
        match (self.scheme, self.port) {
            (Scheme::Https, 443) | (Scheme::Http, 80) => self.host.to_string(),
            _ => format!("{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plain_address_of_a_host_is_none() {
        for uri in
            ["ftp://a.example/", "/token", "https://user@a.example/", "https://a.example:0/", "https://-a.example/"]
        {
            assert_eq!(uri.parse().ok().and_then(|uri| Endpoint::of_uri(&uri)), None, "{uri}");
        }
        let endpoint = Endpoint::of_uri(&"https://[::1]:5000/token?x=y".parse().unwrap()).unwrap();
        assert_eq!(endpoint.to_string(), "[::1]:5000");
        // Names inside container networks, and the dot of the root.
        for (uri, host) in
            [("http://auth_server:5001/token", "auth_server:5001"), ("https://A.example./token", "a.example")]
        {
            assert_eq!(Endpoint::of_uri(&uri.parse().unwrap()).map(|it| it.to_string()), Some(host.to_owned()));
        }
    }
}
