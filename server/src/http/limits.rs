//! Limits on request size and duration.

use http::StatusCode;
use std::time::Duration;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

/// The largest request body. A form with the longest password is far smaller.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The largest request body without a session: a log-in, or a form sent after the session has expired.
pub const MAX_ANONYMOUS_BODY_BYTES: usize = 64 * 1024;

/// The read buffer of a connection, and with it the largest request head.
pub const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// The longest time that a request may take, including its body.
const MAX_TIME: Duration = Duration::from_secs(30);

pub fn size() -> RequestBodyLimitLayer {
    RequestBodyLimitLayer::new(MAX_BODY_BYTES)
}

pub fn time() -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, MAX_TIME)
}
