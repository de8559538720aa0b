//! How much, and how long.

use http::StatusCode;
use std::time::Duration;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

/// The largest body. A form with the longest password is far smaller.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The largest body of somebody who is not signed in: a log-in, or a form that comes too late.
pub const MAX_STRANGERS_BODY_BYTES: usize = 64 * 1024;

/// The most that is read ahead of a connection: the largest head of a request.
pub const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// The longest that a request may take, its body included.
const MAX_TIME: Duration = Duration::from_secs(30);

pub fn size() -> RequestBodyLimitLayer {
    RequestBodyLimitLayer::new(MAX_BODY_BYTES)
}

pub fn time() -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, MAX_TIME)
}
