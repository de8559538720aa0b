//! The JSON API below `/api/v1`, for clusters, pipelines and the command line. It calls the same ports as the server
//! functions of the pages, so rules, rights and the audit trail are the same. Only a token opens it.

mod apply;
mod audit;
mod bearer;
mod credentials;
mod document;
mod extract;
mod image_registries;
mod json;
mod numbered_pages;
mod patch;
mod problem;
mod reference;
mod registry_resource;
mod serde_message;
mod tokens;
mod users;
mod version;
mod workspaces;

pub use document::open_api_document;
pub use problem::normalize_errors;
pub use reference::reference;
pub use registry_resource::resource as registry_resource;

use super::state::HttpState;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use problem::ApiError;
use std::sync::LazyLock;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes with their descriptions.
fn described() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(workspaces::list, workspaces::create))
        .routes(routes!(workspaces::get, workspaces::delete))
        .routes(routes!(image_registries::list_all))
        .routes(routes!(image_registries::list, image_registries::create))
        .routes(routes!(image_registries::get, image_registries::patch, image_registries::delete))
        .routes(routes!(image_registries::bulk_delete))
        .routes(routes!(image_registries::test_connection))
        .routes(routes!(image_registries::check))
        .routes(routes!(image_registries::test))
        .routes(routes!(credentials::of_registry))
        .routes(routes!(credentials::find))
        .routes(routes!(apply::apply))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(users::list))
        .routes(routes!(audit::list))
}

/// The route at a path, with the names of its parameters in place of their values; `None` if there is none.
pub fn template(path: &str) -> Option<&'static str> {
    static TEMPLATES: LazyLock<Vec<String>> = LazyLock::new(|| {
        // Fixed parts before parameters, so that `bulk_delete` is not taken for the name of a registry.
        let mut templates: Vec<_> = open_api_document().paths.paths.keys().cloned().collect();
        templates.sort_by_key(|template| template.matches('{').count());
        templates
    });
    let parts: Vec<_> = path.split('/').collect();
    let matches = |template: &&String| {
        let of_template: Vec<_> = template.split('/').collect();
        let is_part = |(part, wanted): (&&str, &&str)| part == wanted || wanted.starts_with('{') && !part.is_empty();
        of_template.len() == parts.len() && parts.iter().zip(&of_template).all(is_part)
    };
    TEMPLATES.iter().find(matches).map(String::as_str)
}

/// The routes, behind authentication.
pub fn routes(state: &HttpState) -> Router<HttpState> {
    let (router, _) = described().split_for_parts();
    router
        .fallback(async || -> Response {
            ApiError::not_found("There is nothing at this path. See /api.").into_response()
        })
        .method_not_allowed_fallback(async || -> Response { ApiError::method_not_allowed().into_response() })
        .layer(from_fn_with_state(state.clone(), bearer::authenticate))
}
