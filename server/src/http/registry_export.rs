//! The download of image registries as manifests, without passwords.

use super::api::registry_resource;
use super::error_response::error_response;
use crate::app_state::AppState;
use api::manifest::{Exported, to_yaml};
use app::image_registries::RegistryDetails;
use app::image_registries::port::{CursorOrder, CursorQuery, ImageRegistries};
use app::{Actor, AppError};
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use http::header;
use std::sync::Arc;

/// How many registries are read at once.
const AT_ONCE: u32 = 100;

/// Streams all registries that the actor sees, by name. If the database fails half-way, so does the download.
pub async fn download(State(state): State<Arc<AppState>>, Extension(actor): Extension<Actor>) -> Response {
    let query = CursorQuery {
        search: String::new(),
        workspace: None,
        status: None,
        order: CursorOrder::Name,
        descending: false,
        cursor: None,
        limit: AT_ONCE,
    };
    let first = match state.registries_after(&actor, &query).await {
        Ok(page) => page,
        Err(error) => return error_response(&error),
    };
    let begin = yaml(first.items);
    let rest = stream::try_unfold((query, first.next), move |(query, next)| {
        let (state, actor) = (state.clone(), actor.clone());
        async move {
            if next.is_none() {
                return Ok(None);
            }
            let query = CursorQuery { cursor: next, ..query };
            let page = state.registries_after(&actor, &query).await?;
            Ok(Some((format!("---\n{}", yaml(page.items)?), (query, page.next))))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/yaml; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"image-registries.yaml\""),
    ];
    (headers, Body::from_stream(stream::iter([begin]).chain(rest))).into_response()
}

fn yaml(registries: Vec<RegistryDetails>) -> Result<String, AppError> {
    let registries: Vec<_> = registries.into_iter().map(registry_resource).collect();
    let exported: Vec<_> = registries.iter().map(|registry| Exported { registry, password: None }).collect();
    to_yaml(&exported).map_err(|error| {
        tracing::error!(%error, "an export cannot be written");
        AppError::Unavailable
    })
}
