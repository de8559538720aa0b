//! What the headers of a response reveal about its sender.

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Response, StatusCode};

/// Every version 2 registry should send this header (Distribution, API version check).
const VERSION: &str = "docker-distribution-api-version";

/// Only registries send a version of the API.
pub fn has_api_version(headers: &HeaderMap) -> bool {
    headers.contains_key(VERSION)
}

/// Whether a forward proxy reports that it could not reach the registry. These statuses belong to gateways and proxies
/// (RFC 9110 15.6.3 to 15.6.5); a registry that uses them can be recognised by its other headers.
pub fn is_proxy_error<T>(response: &Response<T>) -> bool {
    let of_gateways = [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];
    let headers = response.headers();
    of_gateways.contains(&response.status()) && !looks_like_registry(headers) && !headers.contains_key(RETRY_AFTER)
}

/// A status of 200 alone means nothing: any web server can send it. A registry names its API version, or at least
/// answers in JSON.
pub fn looks_like_registry(headers: &HeaderMap) -> bool {
    has_api_version(headers) || has_type(headers, "application/json")
}

/// Some proxies answer every path with an HTML page.
pub fn is_web_page(headers: &HeaderMap) -> bool {
    has_type(headers, "text/html")
}

fn has_type(headers: &HeaderMap, wanted: &str) -> bool {
    let is = |kind: &str| kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(wanted));
    headers.get_all(CONTENT_TYPE).iter().filter_map(|kind| kind.to_str().ok()).any(is)
}
