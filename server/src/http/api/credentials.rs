//! Credentials, for whoever has the right to read them.

use super::extract::Params;
use super::problem::{ApiError, ApiResult, Problems};
use crate::app_state::AppState;
use api::credentials::Credentials;
use api::problem::{Problem, kind};
use app::Actor;
use app::image_registries::port::{CredentialsOf, FoundCredentials, ImageRegistries, RegistryCredentials};
use axum::Json;
use axum::extract::{Extension, Path, State};
use domain::ImagePrefix;
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CredentialsParams {
    /// What they are for, in 1 to 200 characters: it is recorded.
    #[param(min_length = 1, max_length = 200)]
    purpose: String,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FindParams {
    /// An image reference: of the registries that it may be in, the one with the longest prefix.
    image: Option<String>,
    /// `host[:port]`, or the key of a Docker config: the only registry there.
    server: Option<String>,
    /// What they are for, in 1 to 200 characters: it is recorded.
    #[param(min_length = 1, max_length = 200)]
    purpose: String,
}

/// Reads the credentials of an image registry. Takes the right to read credentials, and is recorded.
#[utoipa::path(get, path = "/workspaces/{workspace}/image_registries/{name}/credentials", tag = "Credentials",
    operation_id = "getCredentials", params(("workspace" = String, Path,), ("name" = String, Path,), CredentialsParams),
    responses((status = 200, description = "The credentials.", body = Credentials),
        (status = 409, description = "They cannot be opened with the keys of the server.", body = Problem, content_type = "application/problem+json"), Problems))]
pub async fn of_registry(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Path((workspace, name)): Path<(String, String)>,
    Params(params): Params<CredentialsParams>,
) -> ApiResult<Json<Credentials>> {
    let which = CredentialsOf::Registry { workspace, name };
    match state.credentials(&actor, &which, &params.purpose).await? {
        FoundCredentials::One(found) => Ok(Json(answer(*found))),
        _ => Err(ApiError::not_found("There is no image registry of this name in this workspace.")),
    }
}

/// Finds the credentials for an image or a server, among all image registries that the token sees.
#[utoipa::path(get, path = "/credentials", tag = "Credentials", operation_id = "findCredentials", params(FindParams),
    responses((status = 200, description = "The credentials.", body = Credentials),
        (status = 409, description = "Several registries would do, which the detail names; or they cannot be opened.", body = Problem, content_type = "application/problem+json"), Problems))]
pub async fn find(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Params(params): Params<FindParams>,
) -> ApiResult<Json<Credentials>> {
    let which = match (params.image, params.server) {
        (Some(image), None) => CredentialsOf::Image(image),
        (None, Some(server)) => CredentialsOf::Server(server),
        _ => return Err(ApiError::bad_request("Send either image or server.")),
    };
    match state.credentials(&actor, &which, &params.purpose).await? {
        FoundCredentials::One(found) => Ok(Json(answer(*found))),
        FoundCredentials::None => {
            let detail = "No image registry that this token sees is at this host.";
            Err(ApiError::new(StatusCode::NOT_FOUND, kind::NO_REGISTRY, detail))
        }
        FoundCredentials::Several(names) => {
            let detail = format!(
                "Several image registries would do: {}. Use a token that is limited to one workspace, or ask for an image.",
                names.join(", ")
            );
            Err(ApiError::new(StatusCode::CONFLICT, kind::AMBIGUOUS, detail))
        }
    }
}

fn answer(found: RegistryCredentials) -> Credentials {
    let (username, password) = found.credentials.map(|it| (it.username, it.password)).unzip();
    Credentials {
        workspace: found.workspace,
        name: found.name,
        image_prefix: ImagePrefix::new(&found.url, &found.repository).to_string(),
        server: found.url.docker_config_key(),
        url: found.url.to_string(),
        username,
        password,
    }
}
