//! The JSON API below `/api/v1`, for clusters, pipelines and the command line. It calls the same ports as the server
//! functions of the pages, so rules, rights and the audit trail are the same. Only a token opens it.

mod apply;
mod audit;
mod bearer;
mod credentials;
mod document;
mod extract;
mod image_registries;
mod patch;
mod problem;
mod tokens;
mod users;
mod version;
mod workspaces;

pub use document::open_api_document;

use super::state::HttpState;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use problem::ApiError;
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
