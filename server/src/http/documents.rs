//! Documents without scripts: the description of the API, and the guides. They hold no data, so they need no session.

use super::api;
use super::assets;
use super::headers::STATIC_PAGE_POLICY;
use super::page_context::page_context;
use super::state::HttpState;
use app::{AppError, api_reference_page, guide_page};
use axum::extract::{Path, Request, State};
use axum::response::{Html, IntoResponse, Response};
use http::{StatusCode, header};

/// The description of the API for programs.
pub async fn open_api() -> Response {
    axum::Json(api::open_api_document()).into_response()
}

/// The description of the API for people.
pub async fn api_reference(State(state): State<HttpState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let page_context = page_context(&state, &parts, None).await;
    document(api_reference_page(assets::paths(), page_context, api::reference().clone()))
}

pub async fn guide(State(state): State<HttpState>, Path(name): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let page_context = page_context(&state, &parts, None).await;
    match guide_page(assets::paths(), page_context, &name) {
        Some(html) => document(html),
        None => (StatusCode::NOT_FOUND, format!("{}\n", AppError::no_such_page())).into_response(),
    }
}

fn document(html: String) -> Response {
    ([(header::CONTENT_SECURITY_POLICY, STATIC_PAGE_POLICY)], Html(html)).into_response()
}
