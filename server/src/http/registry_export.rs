//! The download of image registries as manifests.

use super::api::registry_resource;
use super::error_response::error_response;
use crate::app_state::AppState;
use crate::features::{export_registries, recorded};
use api::manifest::{Exported, to_yaml};
use app::image_registries::port::{CursorOrder, CursorQuery};
use app::image_registries::{ListParams, ListQuery, RegistryDetails};
use app::{Actor, AppError};
use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::response::{IntoResponse, Response};
use domain::Secret;
use futures_util::stream::{self, StreamExt};
use http::header;
use std::sync::Arc;

/// How many registries are read at once.
const AT_ONCE: u32 = 100;

/// Without passwords.
pub async fn download(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Query(params): Query<ListParams>,
) -> Response {
    stream_registries(Export { state, actor, with_passwords: false }, &params).await
}

/// With the passwords that the actor may read.
pub async fn download_with_passwords(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Query(params): Query<ListParams>,
) -> Response {
    stream_registries(Export { state, actor, with_passwords: true }, &params).await
}

#[derive(Clone)]
struct Export {
    state: Arc<AppState>,
    actor: Actor,
    with_passwords: bool,
}

/// Streams all registries that the actor sees and the filters of the list let through, by name. If the database fails
/// half-way, so does the download.
async fn stream_registries(export: Export, params: &ListParams) -> Response {
    let ListQuery { search, workspace, status, .. } = match ListQuery::parse(params) {
        Ok(query) => query,
        Err(sentence) => return error_response(&AppError::BadRequest(sentence)),
    };
    let query = CursorQuery {
        search,
        workspace,
        status,
        order: CursorOrder::Name,
        descending: false,
        cursor: None,
        limit: AT_ONCE,
    };
    let (begin, next) = match export.page(&query).await {
        Ok(page) => page,
        Err(error) => return error_response(&error),
    };
    let rest = stream::try_unfold((query, next), move |(query, next)| {
        let export = export.clone();
        async move {
            if next.is_none() {
                return Ok(None);
            }
            let query = CursorQuery { cursor: next, ..query };
            let (yaml, next) = export.page(&query).await?;
            Ok::<_, AppError>(Some((format!("---\n{yaml}"), (query, next))))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/yaml; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"image-registries.yaml\""),
    ];
    (headers, Body::from_stream(stream::iter([Ok(begin)]).chain(rest))).into_response()
}

impl Export {
    /// A page as YAML, and the cursor of the next one.
    async fn page(&self, query: &CursorQuery) -> Result<(String, Option<String>), AppError> {
        let page = export_registries(&self.state, &self.actor, query, self.with_passwords).await;
        let page = recorded(&self.state, &self.actor, page).await?;
        Ok((yaml(page.items)?, page.next))
    }
}

fn yaml(registries: Vec<(RegistryDetails, Option<Secret>)>) -> Result<String, AppError> {
    let registries: Vec<_> =
        registries.into_iter().map(|(details, password)| (registry_resource(details), password)).collect();
    let exported: Vec<_> =
        registries.iter().map(|(registry, password)| Exported { registry, password: password.clone() }).collect();
    to_yaml(&exported).map_err(|error| {
        tracing::error!(%error, "an export cannot be written");
        AppError::Unavailable
    })
}
