//! Forward proxies for outgoing connections, if the operator has set one.
//!
//! A proxy resolves names and connects in place of this console, so the address policy can only check hosts that are IP
//! addresses. For names, the operator has to restrict the proxy.

use super::endpoint::Endpoint;
use domain::{Finding, Host, ProxyVariables, RegistryUrl, Scheme};
use http::header::HeaderValue;
use http::{StatusCode, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The largest response to a CONNECT that is read. Bytes.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// The proxies for http and https, and the hosts that bypass them.
#[derive(Debug)]
pub struct Proxies(Matcher);

/// Why a proxy cannot be used. The messages do not contain its URL, which may include a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProxyError {
    #[error("The address of the proxy cannot be read. Write it as http://proxy.example.com:3128.")]
    Malformed,
    #[error("Only proxies that are spoken to over http can be used: http://proxy.example.com:3128.")]
    Scheme,
}

#[derive(Clone)]
pub struct Proxy {
    pub endpoint: Endpoint,
    authorization: Option<HeaderValue>,
}

impl Default for Proxies {
    /// No proxy.
    fn default() -> Self {
        Self(Matcher::builder().build())
    }
}

impl Proxies {
    /// Uses the proxy at this URL for everything except `no_proxy`, in the format of curl's `NO_PROXY`.
    ///
    /// # Errors
    /// See [`ProxyError`].
    pub fn all(address: &str, no_proxy: &str) -> Result<Self, ProxyError> {
        let is_empty = address.trim().is_empty();
        let proxies = Self(Matcher::builder().all(address.to_owned()).no(no_proxy.to_owned()).build());
        if is_empty || !proxies.is_usable()? { Err(ProxyError::Malformed) } else { Ok(proxies) }
    }

    /// Reads the environment's `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in upper or lower case.
    ///
    /// # Errors
    /// See [`ProxyError`]. `hyper-util` would silently ignore a proxy that it cannot parse.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ProxyError> {
        let ProxyVariables { https, http, all, no_proxy } = ProxyVariables::read(variable);
        for address in [&https, &http, &all] {
            if !address.is_empty() {
                Self::all(address, "")?;
            }
        }
        Ok(Self(Matcher::builder().https(https).http(http).all(all).no(no_proxy).build()))
    }

    /// Whether there is a proxy for any host.
    fn is_usable(&self) -> Result<bool, ProxyError> {
        let mut found = false;
        for uri in ["http://registry.invalid/", "https://registry.invalid/"] {
            if let Some(proxy) = self.0.intercept(&Uri::from_static(uri)) {
                if proxy.uri().scheme_str() != Some("http") {
                    return Err(ProxyError::Scheme);
                }
                Endpoint::of_uri(proxy.uri()).ok_or(ProxyError::Malformed)?;
                found = true;
            }
        }
        Ok(found)
    }

    /// The proxy for a host; `None` if it is reached directly.
    pub(super) fn to(&self, endpoint: &Endpoint) -> Option<Proxy> {
        let uri = format!("{}://{endpoint}/", endpoint.scheme.as_str()).parse().ok()?;
        let found = self.0.intercept(&uri)?;
        Some(Proxy { endpoint: Endpoint::of_uri(found.uri())?, authorization: found.basic_auth().cloned() })
    }

    /// The name that is looked up in order to check a registry: its own, or that of the proxy. `None` if it is an
    /// address.
    pub fn name_for(&self, url: &RegistryUrl) -> Option<String> {
        let endpoint = Endpoint::of_api(url);
        let reached = self.to(&endpoint).map_or(endpoint, |proxy| proxy.endpoint);
        match reached.host {
            Host::Dns(name) => Some(name),
            Host::V4(_) | Host::V6(_) => None,
        }
    }
}

impl Proxy {
    /// The `Proxy-Authorization` header, if the proxy has credentials.
    pub fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// Opens a tunnel to a host (RFC 9110 9.3.6). Plain http needs no tunnel: the proxy gets requests with absolute
    /// URIs.
    pub async fn tunnel(&self, mut stream: TcpStream, endpoint: &Endpoint) -> Result<TcpStream, Finding> {
        if endpoint.scheme == Scheme::Http {
            return Ok(stream);
        }
        let host = format!("{}:{}", endpoint.host, endpoint.port);
        let mut request = format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n").into_bytes();
        if let Some(authorization) = &self.authorization {
            request.extend([b"Proxy-Authorization: ", authorization.as_bytes(), b"\r\n"].concat());
        }
        request.extend(b"\r\n");
        stream.write_all(&request).await.map_err(|_| Finding::ProxyFailed)?;
        match read_status(&mut stream).await.ok_or(Finding::ProxyFailed)? {
            status if status.is_success() => Ok(stream),
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => Err(Finding::ProxyCredentialsRejected),
            status if status.is_server_error() => Err(Finding::ProxyFailed),
            _ => Err(Finding::ProxyRefused),
        }
    }
}

/// Reads the response head and not a byte more: what follows comes from the host behind the tunnel.
async fn read_status(stream: &mut TcpStream) -> Option<StatusCode> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= MAX_HEAD_BYTES {
            return None;
        }
        head.push(stream.read_u8().await.ok()?);
    }
    let line = head.split(|byte| *byte == b'\r').next()?;
    let line = line.strip_prefix(b"HTTP/1.").and_then(|rest| rest.get(2..5))?;
    StatusCode::from_bytes(line).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(proxies: &Proxies, uri: &str) -> Option<String> {
        let endpoint = Endpoint::of_uri(&uri.parse().unwrap()).unwrap();
        proxies.to(&endpoint).map(|proxy| proxy.endpoint.to_string())
    }

    #[test]
    fn hosts_in_no_proxy_bypass_the_proxy() {
        let proxies = Proxies::all("http://proxy.example:3128", ".lab.example,10.0.0.0/8").unwrap();
        assert_eq!(to(&proxies, "https://registry.example.com/"), Some("proxy.example:3128".to_owned()));
        assert_eq!(to(&proxies, "http://registry.example.com:5000/"), Some("proxy.example:3128".to_owned()));
        assert_eq!(to(&proxies, "https://registry.lab.example:5000/"), None);
        assert_eq!(to(&proxies, "https://10.0.0.5/"), None);
        assert_eq!(to(&Proxies::default(), "https://registry.example.com/"), None);
    }

    #[test]
    fn a_password_in_a_proxy_url_is_not_shown() {
        let proxies = Proxies::all("http://robot:canary@proxy.example:3128", "").unwrap();
        assert!(!format!("{proxies:?}").contains("canary"));
        assert!(
            proxies
                .to(&Endpoint::of_uri(&"https://a.example/".parse().unwrap()).unwrap())
                .is_some_and(|proxy| { proxy.authorization().is_some_and(HeaderValue::is_sensitive) })
        );
    }

    #[test]
    fn proxy_variables_are_read_like_curl_does() {
        let from = |pairs: &[(&str, &str)]| {
            Proxies::from_variables(|name| {
                pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
        };
        let proxies = from(&[
            ("HTTPS_PROXY", "http://secure.example:3128"),
            ("http_proxy", "plain.example:3129"),
            ("no_proxy", ".lab.example"),
        ])
        .unwrap();
        assert_eq!(to(&proxies, "https://a.example/"), Some("secure.example:3128".to_owned()));
        assert_eq!(to(&proxies, "http://a.example/"), Some("plain.example:3129".to_owned()));
        assert_eq!(to(&proxies, "https://a.lab.example/"), None);
        assert_eq!(
            to(&from(&[("ALL_PROXY", "http://all.example:1")]).unwrap(), "https://a.example/"),
            Some("all.example:1".to_owned())
        );
        assert_eq!(to(&from(&[]).unwrap(), "https://a.example/"), None);
        assert!(from(&[("NO_PROXY", "*"), ("HTTPS_PROXY", "http://proxy.example:3128")]).is_ok());
        assert_eq!(from(&[("HTTPS_PROXY", "ftp://proxy.example")]).err(), Some(ProxyError::Malformed));
        assert_eq!(from(&[("ALL_PROXY", "socks5://proxy.example:1080")]).err(), Some(ProxyError::Scheme));
    }

    #[test]
    fn an_invalid_proxy_url_is_rejected() {
        for address in ["", "  ", "http://", "ftp://proxy.example"] {
            assert_eq!(Proxies::all(address, "").err(), Some(ProxyError::Malformed), "{address}");
        }
        for address in ["https://proxy.example:3128", "socks5://proxy.example:1080"] {
            assert_eq!(Proxies::all(address, "").err(), Some(ProxyError::Scheme), "{address}");
        }
    }
}
