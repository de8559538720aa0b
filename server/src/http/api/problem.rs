//! Errors of the API (RFC 9457).

use crate::features::InvalidToken;
use api::PROBLEM_MEDIA_TYPE;
use api::problem::{FieldProblem, Problem, kind};
use app::AppError;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::FieldError;
use http::{HeaderValue, StatusCode, header};
use utoipa::IntoResponses;

/// The result of a handler.
pub type ApiResult<T> = Result<T, ApiError>;

/// An answer that is an error.
#[derive(Debug)]
pub struct ApiError {
    problem: Box<Problem>,
    /// Seconds.
    retry_after: Option<u32>,
}

/// What every operation may answer, for its description.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what is answered elsewhere")]
pub enum Problems {
    #[response(status = 400, description = "The request cannot be read.", content_type = "application/problem+json")]
    BadRequest(#[to_schema] Problem),
    #[response(
        status = 401,
        description = "No token, or one that is wrong, expired or revoked.",
        content_type = "application/problem+json"
    )]
    Unauthenticated(#[to_schema] Problem),
    #[response(
        status = 403,
        description = "The token has no right to do this.",
        content_type = "application/problem+json"
    )]
    Forbidden(#[to_schema] Problem),
    #[response(
        status = 404,
        description = "It does not exist, or the token cannot see it.",
        content_type = "application/problem+json"
    )]
    NotFound(#[to_schema] Problem),
    #[response(
        status = 408,
        description = "The request took longer than 30 seconds.",
        content_type = "application/problem+json"
    )]
    TimedOut(#[to_schema] Problem),
    #[response(
        status = 413,
        description = "The request is larger than 1 MiB.",
        content_type = "application/problem+json"
    )]
    TooLarge(#[to_schema] Problem),
    #[response(
        status = 429,
        description = "Too many requests. Wait for the seconds in `Retry-After`.",
        content_type = "application/problem+json"
    )]
    RateLimited(#[to_schema] Problem),
    #[response(
        status = 500,
        description = "An error of the server. The reference finds its log line.",
        content_type = "application/problem+json"
    )]
    Internal(#[to_schema] Problem),
    #[response(
        status = 503,
        description = "The server or its database is unavailable. Try again in a moment.",
        content_type = "application/problem+json"
    )]
    Unavailable(#[to_schema] Problem),
}

/// What an operation with a body may answer besides.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what is answered elsewhere")]
pub enum BodyProblems {
    #[response(
        status = 415,
        description = "The body is not of the media type `application/json`.",
        content_type = "application/problem+json"
    )]
    MediaType(#[to_schema] Problem),
    #[response(
        status = 422,
        description = "Fields break rules: `errors` names each.",
        content_type = "application/problem+json"
    )]
    Invalid(#[to_schema] Problem),
}

impl ApiError {
    pub fn new(status: StatusCode, kind: &str, detail: impl Into<String>) -> Self {
        let problem = Problem {
            kind: kind.to_owned(),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            reference: None,
        };
        Self { problem: Box::new(problem), retry_after: None }
    }

    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, kind::BAD_REQUEST, detail)
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, kind::NOT_FOUND, detail)
    }

    pub fn method_not_allowed() -> Self {
        let detail = "This path has no such method. See /api.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, kind::METHOD_NOT_ALLOWED, detail)
    }

    /// The body breaks rules.
    pub fn invalid(errors: Vec<FieldProblem>) -> Self {
        Self::of_fields(StatusCode::UNPROCESSABLE_ENTITY, kind::INVALID, errors)
    }

    fn of_fields(status: StatusCode, kind: &str, errors: Vec<FieldProblem>) -> Self {
        let detail = match &*errors {
            [one] => one.detail.clone(),
            many => format!("{} fields need your attention.", many.len()),
        };
        let mut error = Self::new(status, kind, detail);
        error.problem.errors = errors;
        error
    }

    /// One field of the body breaks a rule.
    pub fn invalid_field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldProblem { pointer: pointer.into(), detail: detail.into() }])
    }

    /// Converts an error of a use case. `pointer` is where the body has a field of the form.
    pub fn of(error: AppError, pointer: impl Fn(&str) -> String) -> Self {
        let detail = error.to_string();
        match error {
            AppError::BadRequest(_) => Self::bad_request(detail),
            AppError::Unauthenticated => Self::new(StatusCode::UNAUTHORIZED, kind::UNAUTHENTICATED, detail),
            AppError::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, kind::FORBIDDEN, detail),
            AppError::NotFound(_) => Self::not_found(detail),
            AppError::Conflict { .. } => Self::new(StatusCode::PRECONDITION_FAILED, kind::VERSION_CHANGED, detail),
            AppError::InUse(_) => Self::new(StatusCode::CONFLICT, kind::IN_USE, detail),
            AppError::PayloadTooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, kind::TOO_LARGE, detail),
            AppError::NameTaken(errors) => {
                Self::of_fields(StatusCode::CONFLICT, kind::NAME_TAKEN, field_problems(errors, pointer))
            }
            AppError::Validation(errors) => Self::invalid(field_problems(errors, pointer)),
            AppError::RateLimited(seconds) => {
                let error = Self::new(StatusCode::TOO_MANY_REQUESTS, kind::RATE_LIMITED, detail);
                Self { retry_after: Some(seconds), ..error }
            }
            AppError::Internal(reference) => {
                let mut error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, kind::INTERNAL, detail);
                error.problem.reference = Some(reference);
                error
            }
            AppError::Unavailable | AppError::NotSaved(_) | AppError::Unconfirmed => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, kind::UNAVAILABLE, detail)
            }
        }
    }
}

fn field_problems(errors: Vec<FieldError>, pointer: impl Fn(&str) -> String) -> Vec<FieldProblem> {
    let problem = |error: FieldError| FieldProblem { pointer: pointer(&error.field), detail: error.message };
    errors.into_iter().map(problem).collect()
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        Self::of(error, |field| format!("/{field}"))
    }
}

impl From<InvalidToken> for ApiError {
    fn from(error: InvalidToken) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, kind::UNAUTHENTICATED, error.to_string())
    }
}

/// Gives the answers of layers and extractors, which are text for people, the one shape of the API's errors.
pub async fn normalize_errors(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/v1/");
    let response = next.run(request).await;
    let is_problem = response.headers().get(header::CONTENT_TYPE).is_some_and(|it| it == PROBLEM_MEDIA_TYPE);
    if !is_api || is_problem {
        return response;
    }
    let (kind, detail) = match response.status() {
        StatusCode::BAD_REQUEST => (kind::BAD_REQUEST, "The path cannot be read: it has to be UTF-8."),
        StatusCode::REQUEST_TIMEOUT => (kind::TIMED_OUT, "The request took too long. Try again."),
        StatusCode::PAYLOAD_TOO_LARGE => return ApiError::from(AppError::PayloadTooLarge).into_response(),
        StatusCode::INTERNAL_SERVER_ERROR => (kind::INTERNAL, "Something went wrong on the server. See its log."),
        _ => return response,
    };
    ApiError::new(response.status(), kind, detail).into_response()
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(&*self.problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"portolan\""));
        }
        response
    }
}
