//! Network endpoints.

use domain::{Host, RegistryUrl, Scheme};
use http::Uri;
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub scheme: Scheme,
    pub host: Host,
    pub port: u16,
}

impl Endpoint {
    /// The endpoint that serves the registry's API.
    pub fn of_api(url: &RegistryUrl) -> Self {
        Self { scheme: url.scheme(), host: url.api_host(), port: url.port() }
    }

    /// The endpoint of an absolute http or https URI; `None` for any other URI, or if it contains user information or
    /// an invalid host.
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
        // `http` reports no port if the port is not a number.
        let port = match authority.as_str().rsplit_once(':') {
            Some((_, after)) if !after.contains(']') => authority.port_u16().filter(|port| *port > 0)?,
            _ => default_port,
        };
        Some(Self { scheme, host: Host::parse_service(authority.host()).ok()?, port })
    }

    /// The value of the `Host` header (RFC 9110 7.2), without the default port.
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
    fn an_endpoint_is_parsed_only_from_a_plain_http_url_with_a_valid_host() {
        for uri in
            ["ftp://a.example/", "/token", "https://user@a.example/", "https://a.example:0/", "https://-a.example/"]
        {
            assert_eq!(uri.parse().ok().and_then(|uri| Endpoint::of_uri(&uri)), None, "{uri}");
        }
        let endpoint = Endpoint::of_uri(&"https://[::1]:5000/token?x=y".parse().unwrap()).unwrap();
        assert_eq!(endpoint.to_string(), "[::1]:5000");
        // Names inside container networks, and a trailing dot.
        for (uri, host) in
            [("http://auth_server:5001/token", "auth_server:5001"), ("https://A.example./token", "a.example")]
        {
            assert_eq!(Endpoint::of_uri(&uri.parse().unwrap()).map(|it| it.to_string()), Some(host.to_owned()));
        }
    }
}
