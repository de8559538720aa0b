//! Error responses for scripts.

use app::AppError;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// The error as JSON, with its status code.
pub fn error_response(error: &AppError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, axum::Json(error)).into_response()
}
