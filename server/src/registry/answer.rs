//! Answers of the other side. They are read to decide; none of their text goes any further.

use super::challenge::{self, Challenge};
use super::peer::Peer;
use app::domain::{Finding, Scheme};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use std::time::SystemTime;

/// The largest body that is read. Bytes.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The longest wait that a registry can ask for. Seconds.
const MAX_WAIT: u32 = 24 * 60 * 60;

/// What every version 2 registry should say of itself (Distribution, API version check).
const VERSION: &str = "docker-distribution-api-version";

/// What `/v2/` said.
pub enum Welcome {
    /// Come in.
    Open,
    /// Prove who you are, in one of these ways.
    Asks(Vec<Challenge>),
}

/// Reads the answer of `/v2/`.
pub async fn welcome(peer: &Peer, response: Response<Incoming>, now: SystemTime) -> Result<Welcome, Finding> {
    let (head, body) = response.into_parts();
    match head.status {
        StatusCode::OK if speaks_as_a_registry(&head.headers) => {
            read(peer, body).await?;
            Ok(Welcome::Open)
        }
        StatusCode::UNAUTHORIZED => {
            let challenges = challenge::parse(&head.headers);
            // The connection is used again where the body has been read; where it cannot be, a new one is.
            let _ = read(peer, body).await;
            Ok(Welcome::Asks(challenges))
        }
        // Servers that speak TLS on this port say so in their own words, but with this status.
        StatusCode::BAD_REQUEST if peer.endpoint.scheme == Scheme::Http => {
            let body = read(peer, body).await?;
            let says_https = body.windows(5).any(|word| word.eq_ignore_ascii_case(b"https"));
            Err(if says_https { Finding::TlsThere } else { Finding::NotARegistry })
        }
        StatusCode::FORBIDDEN => Err(Finding::AccessDenied),
        status => Err(refusal(status, &head.headers, now).unwrap_or(Finding::NotARegistry)),
    }
}

/// What a status means wherever it comes up; none where that depends on the question.
pub fn refusal(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Option<Finding> {
    if status.is_redirection() {
        return Some(Finding::Redirected);
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Some(Finding::RateLimited(retry_after(headers, now)));
    }
    status.is_server_error().then_some(Finding::ServerError)
}

/// Reads a body, as far as bodies go that belong here.
pub async fn read(peer: &Peer, body: Incoming) -> Result<Bytes, Finding> {
    let read = Limited::new(body, MAX_BODY_BYTES).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            return Finding::TooLarge;
        }
        error.downcast_ref::<hyper::Error>().map_or(Finding::BrokenAnswer, |error| peer.finding(error))
    })?;
    Ok(read.to_bytes())
}

/// Any web server can say 200. A registry names its version, or at least answers in JSON.
fn speaks_as_a_registry(headers: &HeaderMap) -> bool {
    let json =
        |kind: &str| kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    headers.contains_key(VERSION) || headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(json)
}

/// Seconds, or a date (RFC 9110 10.2.3).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<u32> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse::<u32>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let at = httpdate::parse_http_date(text).ok()?;
            let wait = at.duration_since(now).unwrap_or_default();
            u32::try_from(wait.as_secs()).ok()?
        }
    };
    Some(seconds.min(MAX_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn a_wait_is_read_from_seconds_and_from_a_date() {
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
