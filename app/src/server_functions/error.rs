//! The error of every server function, and its HTTP status codes.

use super::Payload;
use domain::FieldError;
use leptos::server_fn::codec::JsonEncoding;
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
    /// 403: the person has no role that allows it; a wrong setup token; a request from another origin; a log-in over plain
    /// http. The sentence says what to do.
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
    /// 409: another one has this name. Holds the error at its field.
    #[error("{}", need_attention(.0.len()))]
    NameTaken(Vec<FieldError>),
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
    /// 503: the connection to the database broke during the commit.
    #[error("It is not known whether this was saved: the database did not answer. Look before you try again.")]
    Unconfirmed,
}

/// Why the server cannot write at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum WriteFailure {
    /// The database has been locked for too long.
    #[error("the database is busy. Try again in a moment.")]
    Busy,
    /// The database server is down, or accepts no changes.
    #[error("the database cannot be reached. Try again in a moment.")]
    Unreachable,
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
            Self::Conflict { .. } | Self::InUse(_) | Self::NameTaken(_) => 409,
            Self::PayloadTooLarge => 413,
            Self::Validation(_) => 422,
            Self::RateLimited(_) => 429,
            Self::Internal(_) => 500,
            Self::Unavailable | Self::NotSaved(_) | Self::Unconfirmed => 503,
        }
    }

    /// Why a page cannot be shown. Nothing was to be changed, so it does not say that nothing was.
    pub(crate) fn of_page(&self) -> String {
        match self {
            Self::NotSaved(failure) => {
                let mut sentence = failure.to_string();
                // Each begins with an ASCII letter.
                if let Some(first) = sentence.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                sentence
            }
            Self::Unauthenticated => "Your session has ended.".to_owned(),
            other => other.to_string(),
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

    /// The errors at fields. Empty for every variant but [`AppError::Validation`] and [`AppError::NameTaken`].
    pub fn field_errors(&self) -> &[FieldError] {
        match self {
            Self::Validation(field_errors) | Self::NameTaken(field_errors) => field_errors,
            _ => &[],
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::field_error;

    #[test]
    fn a_page_that_cannot_be_shown_does_not_say_that_nothing_was_changed() {
        for (error, status) in all() {
            let sentence = error.of_page();
            assert!(!sentence.contains("Nothing was changed"), "{status}: {sentence}");
            assert!(sentence.starts_with(|c: char| c.is_ascii_uppercase()), "{status}: {sentence}");
        }
        assert_eq!(AppError::NotSaved(WriteFailure::Busy).of_page(), "The database is busy. Try again in a moment.");
    }

    /// An error of every variant, with its status code.
    fn all() -> Vec<(AppError, u16)> {
        let text = || "Say \u{201c}why\u{201d}.".to_owned();
        vec![
            (AppError::BadRequest(text()), 400),
            (AppError::Unauthenticated, 401),
            (AppError::Forbidden(text()), 403),
            (AppError::NotFound(text()), 404),
            (AppError::Conflict { message: text(), current: Payload::of(&[1, 2]) }, 409),
            (AppError::InUse(text()), 409),
            (AppError::NameTaken(vec![field_error("name", "Choose another.")]), 409),
            (AppError::PayloadTooLarge, 413),
            (AppError::Validation(vec![field_error("name", "Enter a name.")]), 422),
            (AppError::RateLimited(60), 429),
            (AppError::Internal("1a2b".to_owned()), 500),
            (AppError::Unavailable, 503),
            (AppError::NotSaved(WriteFailure::Busy), 503),
            (AppError::NotSaved(WriteFailure::Unreachable), 503),
            (AppError::NotSaved(WriteFailure::DiskFull), 503),
            (AppError::NotSaved(WriteFailure::DiskFailing), 503),
            (AppError::Unconfirmed, 503),
        ]
    }

    #[test]
    fn every_error_has_its_http_status_code() {
        for (error, status) in all() {
            assert_eq!(error.status(), status, "{error:?}");
            assert_eq!(error.status_code(), status, "{error:?}: the framework sends the same");
        }
    }

    /// The browser reads it in `fetch`, the server for a plain form in its adapter.
    #[test]
    fn an_error_is_read_from_the_text_that_the_framework_sends() {
        for (error, _) in all() {
            let text = String::from_utf8(error.ser().body.to_vec()).unwrap();
            assert_eq!(serde_json::from_str::<AppError>(&text).unwrap(), error);
        }
    }

    #[test]
    fn only_invalid_fields_and_taken_names_are_errors_at_fields() {
        for (error, status) in all() {
            let is_at_field = status == 422 || matches!(error, AppError::NameTaken(_));
            assert_eq!(error.field_errors().len(), usize::from(is_at_field), "{error:?}");
        }
    }

    #[test]
    fn an_error_says_how_many_fields_need_attention() {
        let invalid = |fields: &[&str]| {
            AppError::Validation(fields.iter().map(|field| field_error(field, "Fill it in.")).collect()).to_string()
        };
        assert_eq!(invalid(&["name"]), "One field needs your attention.");
        assert_eq!(invalid(&["name", "url"]), "2 fields need your attention.");
    }

    #[test]
    fn a_request_that_cannot_be_read_is_not_called_an_outage() {
        let why = || "missing field `name`".to_owned();
        for unreadable in [
            ServerFnErrorErr::Args(why()),
            ServerFnErrorErr::MissingArg(why()),
            ServerFnErrorErr::Deserialization(why()),
        ] {
            let error = AppError::from_server_fn_error(unreadable);
            assert!(matches!(&error, AppError::BadRequest(text) if !text.contains("name")), "{error:?}");
        }
        assert_eq!(AppError::from_server_fn_error(ServerFnErrorErr::Request(why())), AppError::Unavailable);
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn only_a_rate_limit_says_when_to_try_again() {
        use leptos::prelude::{Owner, provide_context};
        for (error, status) in all() {
            let response = leptos_axum::ResponseOptions::default();
            Owner::new().with(|| {
                provide_context(response.clone());
                assert_eq!(error.clone().with_retry_after(), error, "the error stays as it is");
            });
            let retry_after = response.0.read().unwrap().headers.get(http::header::RETRY_AFTER).cloned();
            assert_eq!(retry_after, (status == 429).then(|| 60.into()), "{error:?}");
        }
    }
}
