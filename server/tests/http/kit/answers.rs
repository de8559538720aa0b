//! Responses, and what tests read from them.

use app::image_registries::Report;
use app::{AppError, FormResponse};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

/// A complete response.
#[must_use = "an unchecked failure lets the test go on"]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The value that a server function returns to a script.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_str(&self.text) {
            Ok(value) => value,
            Err(error) => panic!("{error}: {} {}", self.status, self.text),
        }
    }

    /// What a form that succeeded returns to a script.
    #[track_caller]
    pub fn form_response(&self) -> FormResponse {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        self.json()
    }

    /// The result of a connection test, as a script receives it.
    #[track_caller]
    pub fn report(&self) -> Report {
        match self.form_response().result.and_then(|result| result.read()) {
            Some(report) => report,
            None => panic!("not a report: {}", self.text),
        }
    }

    /// Where a plain form that succeeded redirects to.
    #[track_caller]
    pub fn redirect(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        self.header("location")
    }

    /// Why a request of a script failed. The status code matches.
    #[track_caller]
    pub fn expect_error(&self) -> AppError {
        let error: AppError = self.json();
        assert_eq!(self.status.as_u16(), error.status(), "{error:?}");
        error
    }

    /// The names of the fields that have an error, as a script receives them.
    #[track_caller]
    pub fn invalid_fields(&self) -> Vec<String> {
        let error = self.expect_error();
        assert!(!error.field_errors().is_empty(), "no field is invalid: {error:?}");
        error.field_errors().iter().map(|error| error.field.clone()).collect()
    }

    /// The message of the only error, and that it is at this field.
    #[track_caller]
    pub fn message_at(&self, field: &str) -> String {
        assert_eq!(self.invalid_fields(), [field]);
        self.expect_error().field_errors()[0].message.clone()
    }

    /// What is stored now, if an edit was based on an outdated version.
    #[track_caller]
    pub fn current<T: DeserializeOwned>(&self) -> T {
        let error = self.expect_error();
        let AppError::Conflict { current, .. } = &error else { panic!("not a conflict: {error:?}") };
        match current.read() {
            Some(current) => current,
            None => panic!("of another type: {error:?}"),
        }
    }

    /// Why a request to the API failed: the type of the problem without its prefix, and the pointers of its fields.
    #[track_caller]
    pub fn problem(&self) -> (String, Vec<String>) {
        let problem: api::problem::Problem = self.json();
        assert_eq!(self.status.as_u16(), problem.status, "{problem:?}");
        assert_eq!(self.header("content-type"), api::PROBLEM_MEDIA_TYPE);
        let kind = problem.kind.strip_prefix("urn:portolan:problem:").unwrap_or_default().to_owned();
        (kind, problem.errors.into_iter().map(|error| error.pointer).collect())
    }

    /// The value of a header; empty if it is missing.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        match self.headers.get(name) {
            Some(value) => value.to_str().unwrap(),
            None => "",
        }
    }

    /// The cookies that are set, each with its attributes.
    #[track_caller]
    pub fn cookies(&self) -> Vec<&str> {
        let mut cookies = Vec::new();
        for header in self.headers.get_all("set-cookie") {
            cookies.push(header.to_str().unwrap());
        }
        cookies
    }

    /// The cookie with this name, if it is set, with its attributes.
    #[track_caller]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies().into_iter().find(|cookie| cookie.split('=').next() == Some(name))
    }

    /// The session cookie, as a browser sends it back.
    #[track_caller]
    pub fn session_cookie(&self) -> Option<String> {
        let cookie = self.cookie("__Host-portolan")?;
        cookie.split(';').next().map(str::to_owned)
    }
}
