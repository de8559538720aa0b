//! Rejects changes that do not come from our own pages (CSRF: OWASP cheat sheet, Fetch Metadata; ASVS 3.5.1).

use super::cookies::CookiePolicy;
use super::error_response::error_response;
use super::plain_form::is_plain_form;
use super::state::HttpState;
use crate::log_limit::LogLimit;
use crate::public_url::PublicUrl;
use app::AppError;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, StatusCode, Uri, header};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The longest header value that is quoted.
const QUOTED_CHARS: usize = 120;

/// Rejects a cross-origin change before its body is read.
///
/// Browsers send `Sec-Fetch-Site` over https and from localhost, and `Origin` otherwise. A request with neither comes
/// from a script, which must not use a session cookie.
pub async fn same_origin_only(State(state): State<HttpState>, request: Request, next: Next) -> Response {
    static LOG: LogLimit = LogLimit::new();
    let public_url = state.app.public_url.as_ref();
    if request.method().is_safe() || is_same_origin(request.headers(), public_url) {
        return next.run(request).await;
    }
    let headers = request.headers();
    let origin = quoted(headers, &header::ORIGIN);
    let reason = match public_url {
        Some(url) if is_elsewhere(headers, url) => {
            format!(
                "The browser says it is on \u{201c}{origin}\u{201d}, and the address of the console is {url}. Open it there."
            )
        }
        _ if headers.contains_key(SEC_FETCH_SITE) => {
            format!("The browser says that it comes from elsewhere ({}).", quoted(headers, &SEC_FETCH_SITE))
        }
        _ => format!(
            "The browser says it is on \u{201c}{origin}\u{201d}, and the request arrived for host \u{201c}{}\u{201d}. If there \
             is a proxy in between, let it pass on the Host header unchanged, including the port.",
            quoted(headers, &header::HOST)
        ),
    };
    if let Some(left_out) = LOG.allow() {
        tracing::warn!(reason, left_out, "blocked a cross-origin request");
    }
    let sentence = format!("Request blocked: it does not come from a page of this console. {reason}");
    match is_plain_form(&request) {
        true => (StatusCode::FORBIDDEN, sentence + "\n").into_response(),
        false => error_response(&AppError::Forbidden(sentence)),
    }
}

/// With a public URL, `Origin` must name it, whatever `Host` a proxy has made of it, and whatever name an attacker has
/// made resolve to this server (DNS rebinding).
fn is_same_origin(headers: &HeaderMap, public_url: Option<&PublicUrl>) -> bool {
    if public_url.is_some_and(|url| is_elsewhere(headers, url)) {
        return false;
    }
    if headers.contains_key(SEC_FETCH_SITE) {
        return single_header(headers, &SEC_FETCH_SITE) == Some("same-origin");
    }
    if headers.contains_key(header::ORIGIN) {
        if public_url.is_some() {
            return true;
        }
        let origin = single_header(headers, &header::ORIGIN).and_then(|origin| origin.parse::<Uri>().ok());
        let host = single_header(headers, &header::HOST);
        return matches!((origin, host), (Some(origin), Some(host)) if matches_host(&origin, host));
    }
    ![CookiePolicy::Secure, CookiePolicy::PlainHttp].iter().any(|cookies| cookies.are_in(headers))
}

/// Whether a browser says that it is on another page than one of this address.
fn is_elsewhere(headers: &HeaderMap, url: &PublicUrl) -> bool {
    headers.contains_key(header::ORIGIN)
        && !single_header(headers, &header::ORIGIN).is_some_and(|origin| url.is_origin(origin))
}

/// Whether an origin belongs to a host. The host omits the default port.
fn matches_host(origin: &Uri, host: &str) -> bool {
    let (Some(scheme), Some(authority)) = (origin.scheme_str(), origin.authority()) else { return false };
    let usual = if scheme == "https" { ":443" } else { ":80" };
    let without_usual = |text: &str| text.strip_suffix(usual).unwrap_or(text).to_ascii_lowercase();
    without_usual(authority.as_str()) == without_usual(host)
}

/// The value of a header that must occur exactly once.
fn single_header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// A header value, safe to show.
fn quoted(headers: &HeaderMap, name: &HeaderName) -> String {
    let text = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text: String = text.chars().filter(char::is_ascii_graphic).take(QUOTED_CHARS).collect();
    if text.is_empty() { "not stated".to_owned() } else { text }
}
