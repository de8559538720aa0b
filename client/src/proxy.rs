//! The forward proxy that the environment names, read as curl does, and as the server does for its checks.

use crate::server_address::ServerAddress;
use domain::ProxyVariables;
use hyper_util::client::proxy::matcher::Matcher;
use thiserror::Error;
use ureq::Proxy;

/// Why a proxy cannot be used. The messages do not contain its URL, which may include a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProxyError {
    #[error("the proxy in HTTPS_PROXY or ALL_PROXY cannot be read. Write it as http://proxy.example.com:3128")]
    Malformed,
    #[error(
        "only a proxy that is spoken to over http can be used. Write HTTPS_PROXY or ALL_PROXY as http://proxy.example.com:3128"
    )]
    Scheme,
}

/// The proxy for a server; `None` if it is reached directly. Plain HTTP always is: a proxy would read the token.
///
/// # Errors
/// See [`ProxyError`]. A proxy that cannot be used is not left out in silence.
pub fn proxy_to(server: &ServerAddress, variables: &ProxyVariables) -> Result<Option<Proxy>, ProxyError> {
    let address = if variables.https.is_empty() { &variables.all } else { &variables.https };
    if server.is_http() || address.is_empty() {
        return Ok(None);
    }
    if address.split_once("://").is_some_and(|(scheme, _)| !scheme.eq_ignore_ascii_case("http")) {
        return Err(ProxyError::Scheme);
    }
    let proxy = Proxy::new(address).map_err(|_| ProxyError::Malformed)?;
    let proxies = Matcher::builder().all(address.clone()).no(variables.no_proxy.clone()).build();
    let uri = server.as_str().parse().map_err(|_| ProxyError::Malformed)?;
    Ok(proxies.intercept(&uri).is_some().then_some(proxy))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(server: &str, pairs: &[(&str, &str)]) -> Result<Option<String>, ProxyError> {
        let variables = ProxyVariables::read(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        });
        let found = proxy_to(&ServerAddress::parse(server, true).unwrap(), &variables)?;
        Ok(found.map(|proxy| format!("{}:{}", proxy.host(), proxy.port())))
    }

    #[test]
    fn proxy_variables_are_read_like_curl_does() {
        let console = "https://portolan.example.com:8443";
        let proxy = ("HTTPS_PROXY", "http://robot:canary@proxy.example:3128");
        let found = Some("proxy.example:3128".to_owned());
        assert_eq!(to(console, &[proxy]), Ok(found.clone()));
        assert_eq!(to(console, &[("https_proxy", "proxy.example:3128")]), Ok(found.clone()));
        assert_eq!(to(console, &[("ALL_PROXY", "http://dead.example:1"), proxy]), Ok(found.clone()));
        assert_eq!(to(console, &[("ALL_PROXY", "http://proxy.example:3128")]), Ok(found.clone()));
        assert_eq!(to(console, &[("HTTP_PROXY", "http://proxy.example:3128")]), Ok(None));
        assert_eq!(to("http://portolan.example.com", &[proxy]), Ok(None));
        for no_proxy in ["example.com", ".example.com", "portolan.example.com", "foo, portolan.example.com", "*"] {
            assert_eq!(to(console, &[proxy, ("NO_PROXY", no_proxy)]), Ok(None), "{no_proxy}");
        }
        assert_eq!(to(console, &[proxy, ("NO_PROXY", "example.org")]), Ok(found));
        assert_eq!(to("https://127.0.0.1:8443", &[proxy, ("no_proxy", "127.0.0.0/8")]), Ok(None));
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_an_error_that_does_not_quote_it() {
        let console = "https://portolan.example.com";
        assert_eq!(to(console, &[("ALL_PROXY", "socks5://canary@127.0.0.1:1")]), Err(ProxyError::Scheme));
        assert_eq!(to(console, &[("HTTPS_PROXY", "https://proxy.example")]), Err(ProxyError::Scheme));
        assert_eq!(to(console, &[("HTTPS_PROXY", "::::")]), Err(ProxyError::Malformed));
    }
}
