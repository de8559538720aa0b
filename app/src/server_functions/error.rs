//! The error of every server function, and its HTTP status codes.

use super::Payload;
use super::json::JsonText;
use domain::FieldError;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// Why a request failed. A person can act on each variant; none contains text from the database or another server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    /// 400: a request that none of our pages sends. The sentence says what is allowed instead.
    #[error("{0}")]
    BadRequest(String),
    /// 401: nobody is logged in, or the session has ended.
    #[error("Your session has ended. Nothing was changed.")]
    Unauthenticated,
    /// 403: a wrong setup token, a request from another origin, or a log-in over plain http; the sentence says what to do.
    #[error("{0}")]
    Forbidden(String),
    /// 404: it does not exist, or has been deleted.
    #[error("{0}")]
    NotFound(String),
    /// 409: someone else saved in the meantime (optimistic locking). Nothing was overwritten.
    #[error("{message}")]
    Conflict {
        message: String,
        /// What is stored now, as the feature's own type.
        current: Payload,
    },
    /// 409: it is still in use. The sentence says by what.
    #[error("{0}")]
    InUse(String),
    /// 413: the request is larger than any form.
    #[error("This is more than can be sent at once (1 MiB). Send less.")]
    PayloadTooLarge,
    /// 422: fields of the form break rules. Holds all errors.
    #[error("{}", need_attention(.0.len()))]
    Validation(Vec<FieldError>),
    /// 429: too many requests. Holds the seconds to wait.
    #[error("Too many attempts in a short time. Try again in {0} seconds.")]
    RateLimited(u32),
    /// 500: an error of the server. Holds the reference to find its log line by.
    #[error("Something went wrong on the server. Reference: {0} (see the server log).")]
    Internal(String),
    /// 503: the server cannot be reached, or is overloaded.
    #[error("The server cannot be reached, or is too busy. Try again in a moment.")]
    Unavailable,
    /// 503: the server can read but not write at the moment. Nothing was changed.
    #[error("Nothing was changed: {0}")]
    NotSaved(WriteFailure),
}

/// Why the server cannot write at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum WriteFailure {
    /// The database has been locked for too long.
    #[error("the database is busy. Try again in a moment.")]
    Busy,
    #[error("the server's disk is full. Try again once its operator has freed space.")]
    DiskFull,
    /// The disk is read-only or reports errors.
    #[error("the server's disk reports errors. Try again once its operator has fixed it.")]
    DiskFailing,
}

fn need_attention(fields: usize) -> String {
    match fields {
        1 => "One field needs your attention.".to_owned(),
        many => format!("{many} fields need your attention."),
    }
}

impl AppError {
    /// There is no page at an address. A used setup link must not differ from any other address.
    pub fn no_such_page() -> Self {
        Self::NotFound("There is no page at this address.".to_owned())
    }

    /// The HTTP status code.
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest(_) => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden(_) => 403,
            Self::NotFound(_) => 404,
            Self::Conflict { .. } | Self::InUse(_) => 409,
            Self::PayloadTooLarge => 413,
            Self::Validation(_) => 422,
            Self::RateLimited(_) => 429,
            Self::Internal(_) => 500,
            Self::Unavailable | Self::NotSaved(_) => 503,
        }
    }

    /// Adds a `Retry-After` header to the response if the request was rate limited (RFC 9110 10.2.3).
    #[cfg(feature = "ssr")]
    pub(crate) fn with_retry_after(self) -> Self {
        let response = leptos::prelude::use_context::<leptos_axum::ResponseOptions>();
        if let (Self::RateLimited(seconds), Some(response)) = (&self, response) {
            response.insert_header(http::header::RETRY_AFTER, (*seconds).into());
        }
        self
    }

    /// The errors at fields. Empty for every variant but [`AppError::Validation`].
    pub fn field_errors(&self) -> &[FieldError] {
        match self {
            Self::Validation(field_errors) => field_errors,
            _ => &[],
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonText;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::BadRequest("The request cannot be read. Reload the page and try again.".to_owned())
            }
            _ => Self::Unavailable,
        }
    }

    fn status_code(&self) -> http::StatusCode {
        http::StatusCode::from_u16(self.status()).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR)
    }
}
