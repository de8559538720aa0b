//! Optimistic locking over HTTP: `ETag`, `If-Match` and `If-None-Match` (RFC 9110 8.8.3, 13.1.1; RFC 6585 3).

use super::problem::ApiError;
use api::problem::kind;
use app::image_registries::RegistryDetails;
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// The tag of a registry as it is. A registry that is created anew has another id.
pub fn etag(details: &RegistryDetails) -> String {
    format!("\"{}.{}\"", details.id.get(..8).unwrap_or_default(), details.version)
}

pub fn etag_header(details: &RegistryDetails) -> HeaderValue {
    // Ids are hexadecimal.
    HeaderValue::from_str(&etag(details)).unwrap_or(HeaderValue::from_static("\"\""))
}

/// # Errors
/// 428 without `If-Match`, 412 if it names another version. `*` matches every version.
pub fn require_match(headers: &HeaderMap, details: &RegistryDetails) -> Result<(), ApiError> {
    let Some(wanted) = list(headers, &header::IF_MATCH) else {
        let detail = "Say which version you have seen: If-Match with the ETag of your last reading, or * for any.";
        return Err(ApiError::new(StatusCode::PRECONDITION_REQUIRED, kind::VERSION_REQUIRED, detail));
    };
    if contains(&wanted, &etag(details)) {
        return Ok(());
    }
    let detail = "Somebody else has changed it since. Nothing was overwritten. Read it again.";
    Err(ApiError::new(StatusCode::PRECONDITION_FAILED, kind::VERSION_CHANGED, detail))
}

/// Whether the client has this version already.
pub fn is_known(headers: &HeaderMap, details: &RegistryDetails) -> bool {
    list(headers, &header::IF_NONE_MATCH).is_some_and(|known| contains(&known, &etag(details)))
}

fn list(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    let values: Vec<_> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// A weak tag never matches, because it says that the content may differ.
fn contains(list: &str, etag: &str) -> bool {
    list.split(',').map(str::trim).any(|tag| tag == "*" || tag == etag)
}
