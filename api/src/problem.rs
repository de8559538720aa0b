//! Errors (RFC 9457).

use serde::{Deserialize, Serialize};

/// The body of every answer that is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A URN that identifies the kind of error. It never changes, so programs can compare it.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name of the status code.
    pub title: String,
    /// The status code.
    pub status: u16,
    /// A sentence that says what to do.
    pub detail: String,
    /// Everything that is wrong with the request's body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// Finds the log line of an error of the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldProblem {
    /// Where it is, as a JSON pointer into the body (RFC 6901), such as `/spec/url`.
    pub pointer: String,
    /// A sentence that says what to do.
    pub detail: String,
}

/// Values of [`Problem::kind`].
pub mod kind {
    /// 400: the request cannot be read.
    pub const BAD_REQUEST: &str = "urn:portolan:problem:bad-request";
    /// 401: no token, or one that is wrong, expired or revoked.
    pub const UNAUTHENTICATED: &str = "urn:portolan:problem:unauthenticated";
    /// 403: the token has no right to do this.
    pub const FORBIDDEN: &str = "urn:portolan:problem:forbidden";
    /// 404: it does not exist, or the token cannot see it.
    pub const NOT_FOUND: &str = "urn:portolan:problem:not-found";
    /// 404: no registry has this host or image.
    pub const NO_REGISTRY: &str = "urn:portolan:problem:no-registry";
    /// 405: the path has no such method.
    pub const METHOD_NOT_ALLOWED: &str = "urn:portolan:problem:method-not-allowed";
    /// 408: the request took too long.
    pub const TIMED_OUT: &str = "urn:portolan:problem:timed-out";
    /// 409: several registries have this host. The detail names them.
    pub const AMBIGUOUS: &str = "urn:portolan:problem:ambiguous";
    /// 409: it is still in use. The detail says by what.
    pub const IN_USE: &str = "urn:portolan:problem:in-use";
    /// 409: another one has this name.
    pub const NAME_TAKEN: &str = "urn:portolan:problem:name-taken";
    /// 409: the plan has changed since the preview.
    pub const PLAN_CHANGED: &str = "urn:portolan:problem:plan-changed";
    /// 412: somebody else changed it since the version in `If-Match`.
    pub const VERSION_CHANGED: &str = "urn:portolan:problem:version-changed";
    /// 413: the body is larger than 1 MiB.
    pub const TOO_LARGE: &str = "urn:portolan:problem:too-large";
    /// 415: the body is of another media type.
    pub const MEDIA_TYPE: &str = "urn:portolan:problem:media-type";
    /// 422: fields break rules.
    pub const INVALID: &str = "urn:portolan:problem:invalid";
    /// 422: the `Idempotency-Key` was used for another request.
    pub const KEY_REUSED: &str = "urn:portolan:problem:idempotency-key-reused";
    /// 428: a change needs `If-Match`.
    pub const VERSION_REQUIRED: &str = "urn:portolan:problem:version-required";
    /// 429: wait for the seconds in `Retry-After`.
    pub const RATE_LIMITED: &str = "urn:portolan:problem:rate-limited";
    /// 500: an error of the server.
    pub const INTERNAL: &str = "urn:portolan:problem:internal";
    /// 503: try again in a moment.
    pub const UNAVAILABLE: &str = "urn:portolan:problem:unavailable";
}
