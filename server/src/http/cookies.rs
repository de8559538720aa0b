//! The session's cookie.

use crate::log_limit::LogLimit;
use cookie::Cookie;
use http::{HeaderMap, HeaderValue, Uri, header};
use std::borrow::Cow;
use std::net::IpAddr;

/// How session cookies are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookies {
    /// For https: the browser keeps them from every other host and from plain http (RFC 6265bis 4.1.3.2).
    Secure,
    /// For plain http on this machine or in a lab: whoever is on the network between can read them.
    PlainHttp,
}

impl Cookies {
    fn name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-portolan",
            Self::PlainHttp => "portolan",
        }
    }

    fn attributes(self) -> &'static str {
        match self {
            Self::Secure => "Path=/; HttpOnly; SameSite=Lax; Secure",
            Self::PlainHttp => "Path=/; HttpOnly; SameSite=Lax",
        }
    }

    /// Whether the browser that sends these headers would drop the cookie: a `Secure` one over plain http. Browsers make
    /// an exception for the machine itself (W3C Secure Contexts 3.1).
    pub fn would_be_dropped_by(self, headers: &HeaderMap) -> bool {
        let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()?.parse::<Uri>().ok());
        let Some(origin) = origin.filter(|_| self == Self::Secure) else { return false };
        let host = origin.host().unwrap_or_default();
        let is_this_machine = host == "localhost"
            || host.ends_with(".localhost")
            || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        origin.scheme_str() == Some("http") && !is_this_machine
    }

    /// The header that begins a session in the browser. Tokens are hexadecimal digits, legal in any header.
    pub fn begin(self, token: &str) -> HeaderValue {
        let text = format!("{}={token}; {}", self.name(), self.attributes());
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }

    /// The header that ends it.
    pub fn end(self) -> HeaderValue {
        let text = format!("{}=; {}; Max-Age=0", self.name(), self.attributes());
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }

    /// Whether a request carries such a cookie at all.
    pub fn are_in(self, headers: &HeaderMap) -> bool {
        pairs(headers).any(|(name, _)| name == self.name())
    }

    /// The token in a request; none if there are two. The name is compared as it was sent: decoded, `__Host%2Dportolan`
    /// would read like a name that only this host can set, although any neighbour can set it (CVE-2020-7070).
    pub fn token(self, headers: &HeaderMap) -> Option<String> {
        let mut found = pairs(headers).filter(|(name, _)| *name == self.name());
        let (_, token) = found.next()?;
        if found.next().is_some() {
            static LOG: LogLimit = LogLimit::new();
            if let Some(left_out) = LOG.allow() {
                tracing::warn!(left_out, "a request came with two session cookies, so neither counts");
            }
            return None;
        }
        Some(token.into_owned())
    }
}

/// The value of a cookie in a request, decoded.
pub fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    let (_, raw) = pairs(headers).find(|(found, _)| *found == name)?;
    let cookie = Cookie::parse_encoded(format!("{name}={raw}")).ok()?;
    Some(cookie.value().to_owned())
}

/// Names and values of all cookies, as they were sent. A neighbour's cookie may not be
/// valid UTF-8; the others must still be read.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let cookies =
        headers.get_all(header::COOKIE).iter().flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    cookies.filter_map(|cookie| {
        let at = cookie.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (cookie[..at].trim_ascii(), cookie[at + 1..].trim_ascii());
        Some((String::from_utf8_lossy(name), String::from_utf8_lossy(value)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(cookies: &[&[u8]]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, HeaderValue::from_bytes(cookie).unwrap());
        }
        Cookies::Secure.token(&headers)
    }

    #[test]
    fn an_encoded_name_is_not_the_session_cookie() {
        assert_eq!(token(&[b"a=b; __Host-portolan=1f"]).as_deref(), Some("1f"));
        for imitation in [&b"__Host%2Dportolan=1f"[..], b"__host-portolan=1f", b"portolan=1f", b"__Host-portolan"] {
            assert_eq!(token(&[imitation]), None);
        }
        assert_eq!(token(&[b"__Host%2Dportolan=x; __Host-portolan=1f"]).as_deref(), Some("1f"));
        assert_eq!(token(&[b"__Host-portolan=1f; __Host-portolan=2f"]), None, "one of them is not ours");
        assert_eq!(token(&[b"__Host-portolan=1f", b"__Host-portolan=2f"]), None);
    }

    #[test]
    fn a_neighbours_cookie_that_is_no_text_does_no_harm() {
        assert_eq!(token(&[b"city=K\xf6ln; __Host-portolan=1f"]).as_deref(), Some("1f"));
    }
}
