//! All cookies are written and read here.

use crate::log_limit::LogLimit;
use app::{Preference, SessionChange};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, Uri, header};
use std::borrow::Cow;
use std::net::IpAddr;

const PREFERENCE_MAX_AGE: Duration = Duration::days(365);

/// A flash message that was not shown within this time is no longer relevant.
const FLASH_MAX_AGE: Duration = Duration::minutes(1);

/// How cookies are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookiePolicy {
    /// For https: `Secure` and, with the prefix `__Host-`, safe from being set by other hosts (RFC 6265bis 4.1.3.2).
    Secure,
    /// For plain http on this machine or in a lab: anyone on the network in between can read them.
    PlainHttp,
}

impl CookiePolicy {
    fn session_name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-portolan",
            Self::PlainHttp => "portolan",
        }
    }

    fn flash_name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-message",
            Self::PlainHttp => "message",
        }
    }

    /// A `Set-Cookie` header. Without `max_age` the cookie lasts until the browser is closed.
    fn write(self, name: &str, value: &str, max_age: Option<Duration>) -> HeaderValue {
        let mut cookie = Cookie::new(name, value);
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_same_site(SameSite::Lax);
        cookie.set_max_age(max_age);
        if self == Self::Secure {
            cookie.set_secure(true);
        }
        // The encoded cookie is ASCII, so this cannot fail.
        HeaderValue::from_str(&cookie.encoded().to_string()).unwrap_or(HeaderValue::from_static(""))
    }

    /// Sets or removes the session cookie.
    pub fn session(self, change: &SessionChange) -> HeaderValue {
        match change {
            SessionChange::Begin(token) => self.write(self.session_name(), token.expose(), None),
            SessionChange::End => self.write(self.session_name(), "", Some(Duration::ZERO)),
        }
    }

    pub fn preference(self, preference: &Preference) -> HeaderValue {
        self.write(preference.name, &preference.value, Some(PREFERENCE_MAX_AGE))
    }

    /// Carries a flash message to the next page.
    pub fn flash(self, text: &str) -> HeaderValue {
        self.write(self.flash_name(), text, Some(FLASH_MAX_AGE))
    }

    /// Removes the flash message, which is shown only once.
    pub fn clear_flash(self) -> HeaderValue {
        self.write(self.flash_name(), "", Some(Duration::ZERO))
    }

    pub fn read_flash(self, headers: &HeaderMap) -> Option<String> {
        value(headers, self.flash_name())
    }

    /// Whether the browser that sends these headers would drop the cookie, because it is `Secure` and the connection is
    /// plain http. Browsers make an exception for localhost (W3C Secure Contexts 3.1).
    pub fn would_be_dropped_by(self, headers: &HeaderMap) -> bool {
        let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()?.parse::<Uri>().ok());
        let Some(origin) = origin.filter(|_| self == Self::Secure) else { return false };
        let host = origin.host().unwrap_or_default();
        let is_this_machine = host == "localhost"
            || host.ends_with(".localhost")
            || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        origin.scheme_str() == Some("http") && !is_this_machine
    }

    /// Whether a request has any session cookie.
    pub fn are_in(self, headers: &HeaderMap) -> bool {
        pairs(headers).any(|(name, _)| name == self.session_name())
    }

    /// The session token of a request; `None` if there are two. The undecoded name is compared: `__Host%2Dportolan`,
    /// decoded, looks like a name that only this host can set, although any sibling domain can set it (CVE-2020-7070).
    pub fn token(self, headers: &HeaderMap) -> Option<String> {
        let mut found = pairs(headers).filter(|(name, _)| *name == self.session_name());
        let (_, token) = found.next()?;
        if found.next().is_some() {
            static LOG: LogLimit = LogLimit::new();
            if let Some(left_out) = LOG.allow() {
                tracing::warn!(left_out, "ignored two session cookies in one request");
            }
            return None;
        }
        Some(token.into_owned())
    }
}

/// The decoded value of a cookie.
pub fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    let (_, raw) = pairs(headers).find(|(found, _)| *found == name)?;
    let cookie = Cookie::parse_encoded(format!("{name}={raw}")).ok()?;
    Some(cookie.value().to_owned())
}

/// Names and values of all cookies, undecoded. Cookies of a sibling domain may contain invalid UTF-8, which must not
/// hide the others.
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
        CookiePolicy::Secure.token(&headers)
    }

    #[test]
    fn a_cookie_with_a_percent_encoded_name_is_not_the_session_cookie() {
        assert_eq!(token(&[b"a=b; __Host-portolan=1f"]).as_deref(), Some("1f"));
        for imitation in [&b"__Host%2Dportolan=1f"[..], b"__host-portolan=1f", b"portolan=1f", b"__Host-portolan"] {
            assert_eq!(token(&[imitation]), None);
        }
        assert_eq!(token(&[b"__Host%2Dportolan=x; __Host-portolan=1f"]).as_deref(), Some("1f"));
        assert_eq!(token(&[b"__Host-portolan=1f; __Host-portolan=2f"]), None, "there are two session cookies");
        assert_eq!(token(&[b"__Host-portolan=1f", b"__Host-portolan=2f"]), None);
    }

    #[test]
    fn a_cookie_with_invalid_utf8_does_not_hide_the_session_cookie() {
        assert_eq!(token(&[b"city=K\xf6ln; __Host-portolan=1f"]).as_deref(), Some("1f"));
    }
}
