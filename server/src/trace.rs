//! The id of a request, or of a check: a trace id (W3C Trace Context). Log lines, errors and answers name it.

use crate::entropy::{self, Entropy};
use http::HeaderName;
use std::fmt;
use std::future::Future;

/// The header that says which trace a request belongs to.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

tokio::task_local! {
    static CURRENT: TraceId;
}

/// 32 lower-case hexadecimal digits, not all zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceId(String);

impl TraceId {
    pub fn new(entropy: &dyn Entropy) -> Self {
        Self(entropy::id(entropy))
    }

    /// The id in a `traceparent` header; `None` if the header is not valid (W3C Trace Context 3.2.2).
    pub fn from_traceparent(header: &str) -> Option<Self> {
        let mut parts = header.split('-');
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |part: &str, digits: usize| {
            part.len() == digits && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_id = |part: &str, digits: usize| is_hex(part, digits) && part.bytes().any(|byte| byte != b'0');
        // Later versions may append fields.
        let is_version = is_hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
        (is_version && is_id(trace, 32) && is_id(parent, 16) && is_hex(flags, 2)).then(|| Self(trace.to_owned()))
    }

    /// A `traceparent` header for a request that belongs to this trace, which is not recorded (flags 00).
    pub fn traceparent(&self, entropy: &dyn Entropy) -> String {
        format!("00-{self}-{}-00", &entropy::id(entropy)[..16])
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Runs a future as part of a trace.
pub async fn within<T>(id: TraceId, future: impl Future<Output = T>) -> T {
    CURRENT.scope(id, future).await
}

/// The trace that the current task works for.
pub fn current() -> Option<TraceId> {
    CURRENT.try_with(Clone::clone).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn a_trace_id_comes_only_from_a_valid_traceparent() {
        for valid in
            ["00-TRACE-00f067aa0ba902b7-01", "00-TRACE-00f067aa0ba902b7-00", "01-TRACE-00f067aa0ba902b7-01-more"]
        {
            let id = TraceId::from_traceparent(&valid.replace("TRACE", TRACE));
            assert_eq!(id.map(|id| id.to_string()).as_deref(), Some(TRACE), "{valid}");
        }
        for invalid in [
            "",
            "TRACE",
            "00-TRACE-00f067aa0ba902b7",
            "ff-TRACE-00f067aa0ba902b7-01",
            "00-TRACE-00f067aa0ba902b7-01-more",
            "00-TRACE-0000000000000000-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-TRACE0-00f067aa0ba902b7-01",
            "00-<script>alert(1)</script>aaaaaaaa-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceId::from_traceparent(&invalid.replace("TRACE", TRACE)), None, "{invalid}");
        }
    }

    #[tokio::test]
    async fn a_trace_is_known_within_and_forgotten_after() {
        let id = TraceId::new(&SystemEntropy);
        let header = id.traceparent(&SystemEntropy);
        assert_eq!(TraceId::from_traceparent(&header), Some(id.clone()));
        assert_eq!(within(id.clone(), async { current() }).await, Some(id));
        assert_eq!(current(), None);
    }
}
