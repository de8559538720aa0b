//! What is asked of the server.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use std::time::Duration;
use ureq::http::Method;
use zeroize::Zeroizing;

/// For everything together: name service, connections, tries, the answer.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// The longest answer, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// Everything but the unreserved characters of RFC 3986 2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request to a path below `/api/v1/`.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) method: Method,
    /// Path and query, encoded.
    pub(super) target: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Body>,
    pub(super) time_limit: Duration,
    pub(super) max_bytes: u64,
}

/// It may contain secrets, so it is neither printed nor left in memory.
#[derive(Clone)]
pub(super) struct Body(Zeroizing<Vec<u8>>);

impl Body {
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Body({} bytes)", self.0.len())
    }
}

impl Request {
    /// A request to the path of these segments, such as `["workspaces", "default"]`. Each is encoded.
    pub fn new(method: Method, segments: &[&str]) -> Self {
        let encoded: Vec<_> = segments.iter().map(|segment| encode(segment)).collect();
        Self {
            method,
            target: encoded.join("/"),
            headers: Vec::new(),
            body: None,
            time_limit: TIME_LIMIT,
            max_bytes: MAX_BYTES,
        }
    }

    pub fn get(segments: &[&str]) -> Self {
        Self::new(Method::GET, segments)
    }

    /// Adds a parameter to the query.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.target.push(if self.target.contains('?') { '&' } else { '?' });
        self.target.extend([encode(name).as_str(), "=", &encode(value)]);
        self
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends JSON. Types that hide their secrets when they are serialised have to be made into a value by hand.
    #[must_use]
    pub fn json(self, body: &impl Serialize) -> Self {
        self.body("application/json", body)
    }

    /// Sends JSON under the name of another media type, such as a merge patch.
    #[must_use]
    pub fn body(mut self, media_type: &'static str, body: &impl Serialize) -> Self {
        // Fails only for maps whose keys are not texts, which no type of the API has.
        self.body = Some(Body(Zeroizing::new(serde_json::to_vec(body).unwrap_or_default())));
        self.header("content-type", media_type)
    }

    /// Waits for this long, in place of 5 seconds.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Accepts an answer of so many bytes, in place of 1 MiB.
    #[must_use]
    pub fn up_to(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Whether it makes no difference if the server receives it twice.
    pub(super) fn is_repeatable(&self) -> bool {
        let is_recognised = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("idempotency-key"));
        self.method == Method::GET || is_recognised
    }
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_of_a_name_changes_the_path() {
        let request = Request::get(&["workspaces", "../a?b#c d", "image_registries"])
            .query("server", "https://index.docker.io/v1/")
            .query("purpose", "a&b=c");
        assert_eq!(
            request.target,
            "workspaces/..%2Fa%3Fb%23c%20d/image_registries?server=https%3A%2F%2Findex.docker.io%2Fv1%2F&purpose=a%26b%3Dc"
        );
    }

    #[test]
    fn a_body_is_not_printed() {
        let request = Request::new(Method::POST, &["apply"]).json(&serde_json::json!({"password": "canary"}));
        assert!(!format!("{request:?}").contains("canary"));
    }

    #[test]
    fn only_what_changes_nothing_or_is_recognised_is_repeated() {
        assert!(Request::get(&["workspaces"]).is_repeatable());
        for method in [Method::POST, Method::PATCH, Method::DELETE] {
            assert!(!Request::new(method.clone(), &["workspaces"]).is_repeatable());
            assert!(Request::new(method, &["workspaces"]).header("Idempotency-Key", "one").is_repeatable());
        }
    }
}
