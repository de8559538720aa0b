//! The download of image registries as manifests, without passwords.

use super::api::registry_resource;
use super::error_response::error_response;
use crate::app_state::AppState;
use api::manifest::{Exported, to_yaml};
use app::image_registries::RegistryDetails;
use app::image_registries::port::{CursorOrder, CursorQuery, ImageRegistries};
use app::{Actor, AppError};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::header;
use std::sync::Arc;

/// How many registries are read at once.
const AT_ONCE: u32 = 500;

/// All registries that the actor sees, by name.
pub async fn download(State(state): State<Arc<AppState>>, Extension(actor): Extension<Actor>) -> Response {
    let registries = match all(&state, &actor).await {
        Ok(registries) => registries,
        Err(error) => return error_response(&error),
    };
    let registries: Vec<_> = registries.into_iter().map(registry_resource).collect();
    let exported: Vec<_> = registries.iter().map(|registry| Exported { registry, password: None }).collect();
    match to_yaml(&exported) {
        Ok(yaml) => {
            let headers = [
                (header::CONTENT_TYPE, "application/yaml; charset=utf-8"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"image-registries.yaml\""),
            ];
            (headers, yaml).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "an export cannot be written");
            error_response(&AppError::Unavailable)
        }
    }
}

async fn all(state: &AppState, actor: &Actor) -> Result<Vec<RegistryDetails>, AppError> {
    let mut query = CursorQuery {
        search: String::new(),
        workspace: None,
        status: None,
        order: CursorOrder::Name,
        descending: false,
        cursor: None,
        limit: AT_ONCE,
    };
    let mut found = Vec::new();
    loop {
        let page = state.registries_after(actor, &query).await?;
        found.extend(page.items);
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => return Ok(found),
        }
    }
}
