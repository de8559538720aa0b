//! What can go wrong between a person and the server, and what each case means in HTTP.

use super::Payload;
use super::json::JsonText;
use domain::FieldError;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a request was not carried out. Each variant is something that a person can act on; none holds text
/// of the database or of another server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AppError {
    /// 400: no page of ours asks like this; the sentence says what is allowed instead.
    BadRequest(String),
    /// 401: nobody is logged in, or the session has ended. Log in and try again.
    Unauthenticated,
    /// 403: the one-time link is wrong or used up. The server prints a new one when it starts.
    Forbidden(String),
    /// 404: it is not there; it may have been deleted.
    NotFound(String),
    /// 409: someone else saved in the meantime (optimistic locking). Nothing was overwritten.
    Conflict {
        /// What happened, for a person.
        message: String,
        /// What is stored now: the feature's own type.
        current: Payload,
    },
    /// 409: it is still needed; the sentence says by what.
    InUse(String),
    /// 413: more was sent than a form can hold.
    PayloadTooLarge,
    /// 422: fields of the form break rules. All of them are named.
    Validation(Vec<FieldError>),
    /// 429: asked too often, or too many ask at once. Try again in so many seconds.
    RateLimited(u32),
    /// 500: our fault. The reference finds the line in the server's log.
    Internal(String),
    /// 503: the server could not be reached, or has too much to do. Try again.
    Unavailable,
    /// 503: the server cannot store anything at the moment. Nothing was changed; what can be read still is.
    NotSaved(WriteFailure),
}

/// Why nothing can be stored at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WriteFailure {
    /// Somebody else holds the database for too long.
    Busy,
    /// There is no room left.
    DiskFull,
    /// The disk is read-only or reports errors.
    DiskFailing,
}

impl fmt::Display for WriteFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "the database is busy. Try again in a moment.",
            Self::DiskFull => "the server's disk is full. Try again once its operator has made room.",
            Self::DiskFailing => "the server's disk reports errors. Try again once its operator has repaired that.",
        })
    }
}

impl AppError {
    /// The HTTP status code that says the same.
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

    /// Answers with a `Retry-After` header as well, if it says how long to wait (RFC 9110 10.2.3).
    #[cfg(feature = "ssr")]
    pub(crate) fn with_retry_after(self) -> Self {
        let response = leptos::prelude::use_context::<leptos_axum::ResponseOptions>();
        if let (Self::RateLimited(seconds), Some(response)) = (&self, response) {
            response.insert_header(http::header::RETRY_AFTER, (*seconds).into());
        }
        self
    }

    /// The problems of the fields, where that is what it is about.
    pub fn field_errors(&self) -> &[FieldError] {
        match self {
            Self::Validation(field_errors) => field_errors,
            _ => &[],
        }
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadRequest(text)
            | Self::Forbidden(text)
            | Self::NotFound(text)
            | Self::Conflict { message: text, .. }
            | Self::InUse(text) => f.write_str(text),
            Self::Unauthenticated => f.write_str("Your session has ended. Nothing was changed."),
            Self::PayloadTooLarge => f.write_str("This is more than can be sent at once (1 MiB). Send less."),
            Self::Validation(field_errors) if field_errors.len() == 1 => f.write_str("One field needs your attention."),
            Self::Validation(field_errors) => write!(f, "{} fields need your attention.", field_errors.len()),
            Self::RateLimited(seconds) => {
                write!(f, "Too many attempts in a short time. Try again in {seconds} seconds.")
            }
            Self::Internal(reference) => {
                write!(f, "Something went wrong on the server. Reference: {reference} (see the server log).")
            }
            Self::NotSaved(failure) => write!(f, "Nothing was changed: {failure}"),
            Self::Unavailable => {
                f.write_str("The server cannot be reached, or is too busy. Try again in a moment.")
            }
        }
    }
}

impl std::error::Error for AppError {}

impl FromServerFnError for AppError {
    type Encoder = JsonText;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::BadRequest("The request cannot be read. Load the page again and repeat what you did.".to_owned())
            }
            _ => Self::Unavailable,
        }
    }

    fn status_code(&self) -> http::StatusCode {
        http::StatusCode::from_u16(self.status()).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR)
    }
}
