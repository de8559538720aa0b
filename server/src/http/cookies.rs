//! The session's cookie.

use cookie::Cookie;
use http::{HeaderMap, HeaderValue, header};

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

    /// The token in a request.
    pub fn token(self, headers: &HeaderMap) -> Option<String> {
        value(headers, self.name())
    }
}

/// The value of a cookie in a request.
pub fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| Cookie::split_parse_encoded(header).filter_map(Result::ok))
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}
