//! What the headers of an answer say about who has sent it.

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Response, StatusCode};

/// What every version 2 registry should say of itself (Distribution, API version check).
const VERSION: &str = "docker-distribution-api-version";

/// Whether an answer names the version of the API, as only registries do.
pub fn names_version(headers: &HeaderMap) -> bool {
    headers.contains_key(VERSION)
}

/// Whether a forward proxy says by this that it has not reached the registry. These statuses are those of gateways and
/// proxies (RFC 9110 15.6.3 to 15.6.5); a registry that uses them says at least that it is one.
pub fn is_of_a_proxy<T>(response: &Response<T>) -> bool {
    let of_gateways = [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];
    let headers = response.headers();
    of_gateways.contains(&response.status()) && !speaks_as_a_registry(headers) && !headers.contains_key(RETRY_AFTER)
}

/// Any web server can say 200. A registry names its version, or at least answers in JSON.
pub fn speaks_as_a_registry(headers: &HeaderMap) -> bool {
    names_version(headers) || has_type(headers, "application/json")
}

/// Whether a page for people was sent: some proxies answer every path with one.
pub fn is_web_page(headers: &HeaderMap) -> bool {
    has_type(headers, "text/html")
}

fn has_type(headers: &HeaderMap, wanted: &str) -> bool {
    let is = |kind: &str| kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(wanted));
    headers.get_all(CONTENT_TYPE).iter().filter_map(|kind| kind.to_str().ok()).any(is)
}
