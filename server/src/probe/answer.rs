//! Interprets responses. None of their text is stored or shown.

use super::challenge::{self, Challenge};
use super::headers::{has_api_version, is_web_page, looks_like_registry};
use super::peer::Peer;
use domain::{Finding, Scheme};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use serde::Deserialize;
use std::time::SystemTime;

/// The largest response body that is read. Bytes.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The longest `Retry-After` that is respected. Seconds.
const MAX_WAIT: u32 = 24 * 60 * 60;

/// The result of `GET /v2/`.
pub enum ApiResponse {
    Open,
    /// Credentials are required, in one of these schemes.
    Challenge(Vec<Challenge>),
    /// The response neither looks like a registry nor rules one out.
    Unclear(StatusCode),
}

/// Interprets the response to `/v2/`. A server that sent a challenge and then accepts the credentials counts as a
/// registry without further evidence.
pub async fn classify(
    peer: &Peer,
    response: Response<Incoming>,
    is_logged_in: bool,
    now: SystemTime,
) -> Result<ApiResponse, Finding> {
    let (head, body) = response.into_parts();
    match head.status {
        StatusCode::OK if looks_like_registry(&head.headers) || is_logged_in && !is_web_page(&head.headers) => {
            read(peer, body).await?;
            Ok(ApiResponse::Open)
        }
        StatusCode::UNAUTHORIZED if !is_logged_in && !head.headers.contains_key(WWW_AUTHENTICATE) => {
            Err(Finding::ChallengeMissing)
        }
        StatusCode::UNAUTHORIZED => {
            let challenges = challenge::parse(&head.headers);
            // The connection can be reused once the body has been read; otherwise a new one is opened.
            let _ = read(peer, body).await;
            Ok(ApiResponse::Challenge(challenges))
        }
        // nginx completes the handshake and then rejects the request with this status. If it has accepted an earlier
        // request, the client certificate was optional, and the status has another cause.
        StatusCode::BAD_REQUEST if peer.wants_client_certificate() && !is_logged_in => {
            Err(Finding::ClientCertificateRequired)
        }
        // TLS servers that receive plain HTTP answer with this status and text of their own.
        StatusCode::BAD_REQUEST if peer.endpoint.scheme == Scheme::Http => {
            let body = read(peer, body).await?;
            let says = |words: &[u8]| body.windows(words.len()).any(|there| there.eq_ignore_ascii_case(words));
            if says(b"https") || says(b"requires tls") {
                Err(Finding::TlsOnHttpPort)
            } else {
                Ok(ApiResponse::Unclear(StatusCode::BAD_REQUEST))
            }
        }
        status => {
            if let Some(finding) = error(status, &head.headers, now) {
                return Err(finding);
            }
            read(peer, body).await?;
            Ok(ApiResponse::Unclear(status))
        }
    }
}

/// Whether only a registry would send this response: it has an API version, a Bearer challenge, an error of the
/// specification (OCI distribution specification, "Error codes"), a list of tags, or an image manifest.
pub async fn is_from_registry(peer: &Peer, response: Response<Incoming>) -> bool {
    let (head, body) = response.into_parts();
    if has_api_version(&head.headers) {
        return true;
    }
    if head.status == StatusCode::UNAUTHORIZED {
        return challenge::parse(&head.headers).iter().any(|challenge| matches!(challenge, Challenge::Bearer(_)));
    }
    let Ok(body) = read(peer, body).await else { return false };
    match serde_json::from_slice::<Evidence>(&body) {
        Ok(Evidence { errors: Some(errors), .. }) => !errors.is_empty(),
        Ok(Evidence { name: Some(_), tags: Some(_), .. } | Evidence { schema_version: Some(2), .. }) => {
            head.status == StatusCode::OK
        }
        _ => false,
    }
}

#[derive(Deserialize)]
struct Evidence {
    errors: Option<Vec<ErrorCode>>,
    name: Option<String>,
    tags: Option<Vec<String>>,
    #[serde(rename = "schemaVersion")]
    schema_version: Option<u32>,
}

#[derive(Deserialize)]
struct ErrorCode {
    code: String,
}

/// Whether the body contains an error with this code.
pub fn has_error(body: &[u8], code: &str) -> bool {
    let errors = serde_json::from_slice::<Evidence>(body).ok().and_then(|evidence| evidence.errors);
    errors.is_some_and(|errors| errors.iter().any(|error| error.code == code))
}

/// What a status means regardless of the request; `None` if it depends on the request.
pub fn error(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Option<Finding> {
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Some(Finding::RateLimited(retry_after(headers, now)));
    }
    match retry_after(headers, now) {
        Some(seconds) if status == StatusCode::SERVICE_UNAVAILABLE => Some(Finding::Unavailable(seconds)),
        _ => status.is_server_error().then_some(Finding::ServerError),
    }
}

/// Reads a body up to the size limit.
pub async fn read(peer: &Peer, body: Incoming) -> Result<Bytes, Finding> {
    let read = Limited::new(body, MAX_BODY_BYTES).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            return Finding::TooLarge;
        }
        error.downcast_ref::<hyper::Error>().map_or(Finding::BrokenAnswer, |error| peer.finding(error))
    })?;
    Ok(read.to_bytes())
}

/// The header holds seconds or a date (RFC 9110 10.2.3).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<u32> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default().as_secs(),
    };
    Some(u32::try_from(seconds).unwrap_or(MAX_WAIT).min(MAX_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn retry_after_is_parsed_from_seconds_and_from_a_date() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        let wait = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers, now)
        };
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(wait("99999999"), Some(MAX_WAIT));
        assert_eq!(wait("soon"), None);
    }
}
