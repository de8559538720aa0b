//! Optimistic locking over HTTP: `ETag` and `If-Match` (RFC 9110 8.8.3, 13.1.1; RFC 6585 3).
//!
//! The tag stands for the identity and the version of the settings, not for the status, which every check changes. So it
//! answers no `If-None-Match`.

use super::problem::ApiError;
use api::problem::kind;
use app::image_registries::RegistryDetails;
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// The tag of a registry as it is. A registry that was deleted and created again has another id.
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
    let values: Vec<_> = headers.get_all(header::IF_MATCH).iter().filter_map(|value| value.to_str().ok()).collect();
    if values.is_empty() {
        let detail = "Say which version you have seen: If-Match with the ETag of your last reading, or * for any.";
        return Err(ApiError::new(StatusCode::PRECONDITION_REQUIRED, kind::VERSION_REQUIRED, detail));
    }
    let etag = etag(details);
    // A weak tag never matches, because it says that the content may differ.
    if values.iter().flat_map(|value| value.split(',')).map(str::trim).any(|tag| tag == "*" || tag == etag) {
        return Ok(());
    }
    let detail = "Somebody else has changed it since. Nothing was overwritten. Read it again.";
    Err(ApiError::new(StatusCode::PRECONDITION_FAILED, kind::VERSION_CHANGED, detail))
}
