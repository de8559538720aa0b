//! The download of the audit trail.

use super::error_response::error_response;
use crate::app_state::AppState;
use crate::features::{ExportFormat, export_audit, recorded};
use app::audit::{AuditParams, AuditQuery};
use app::{Actor, AppError};
use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream::TryStreamExt;
use http::header;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
pub struct ExportParams {
    /// `jsonl` or `csv`.
    #[serde(default)]
    format: String,
    #[serde(flatten)]
    params: AuditParams,
}

/// Streams the entries that match. If the database fails half-way, so does the download.
pub async fn download(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Query(ExportParams { format, params }): Query<ExportParams>,
) -> Response {
    let (format, kind) = match format.as_str() {
        "jsonl" => (ExportFormat::JsonLines, "application/jsonl; charset=utf-8"),
        "csv" => (ExportFormat::Csv, "text/csv; charset=utf-8"),
        _ => return error_response(&AppError::BadRequest("format can be jsonl or csv.".to_owned())),
    };
    let query = match AuditQuery::parse(&params) {
        Ok(query) => query,
        Err(error) => return error_response(&AppError::BadRequest(error)),
    };
    let exported = export_audit(&state, &actor, &query, format).await;
    match recorded(&state, &actor, exported).await {
        Ok(pieces) => {
            let name = if format == ExportFormat::Csv { "audit.csv" } else { "audit.jsonl" };
            let headers = [
                (header::CONTENT_TYPE, kind.to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
            ];
            (headers, Body::from_stream(pieces.map_err(AppError::from))).into_response()
        }
        Err(error) => error_response(&error),
    }
}
