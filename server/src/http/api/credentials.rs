//! Credentials, for whoever has the right to read them.

use super::extract::Params;
use super::problem::{ApiError, ApiResult, Problems};
use crate::app_state::AppState;
use crate::pull_config::{PullConfig, PullFormat};
use api::credentials::{Credentials, PullFile, PullFiles};
use api::problem::{Problem, kind};
use app::Actor;
use app::image_registries::port::{CredentialsOf, FoundCredentials, ImageRegistries, RegistryCredentials};
use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use domain::ImagePrefix;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// What is answered as JSON.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes what is answered elsewhere")]
pub enum CredentialsOrFiles {
    Credentials(Credentials),
    Files(PullFiles),
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CredentialsParams {
    /// What they are for, in 1 to 200 characters: it is recorded.
    #[param(min_length = 1, max_length = 200)]
    purpose: String,
    /// Answers with the files of this format in place of the credentials: as text if there is one, as JSON if there are
    /// several.
    #[param(
        pattern = "^(docker-config|kubernetes-secret|k3s-registries|containerd-hosts|crio-registries|login|import)$"
    )]
    format: Option<String>,
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
    responses((status = 200, description = "The credentials, or files.", content((CredentialsOrFiles = "application/json"), (String = "text/plain"))),
        (status = 409, description = "They cannot be opened with the keys of the server.", body = Problem, content_type = "application/problem+json"), Problems))]
pub async fn of_registry(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Path((workspace, name)): Path<(String, String)>,
    Params(params): Params<CredentialsParams>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let format = params.format.as_deref().map(parse_format).transpose()?;
    let which = CredentialsOf::Registry { workspace, name };
    match state.credentials(&actor, &which, &params.purpose).await? {
        FoundCredentials::One(found) => match format {
            Some(format) => files(*found, format, wants_json(&headers)),
            None => Ok(Json(answer(*found)).into_response()),
        },
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

fn parse_format(format: &str) -> ApiResult<PullFormat> {
    let known = PullFormat::ALL.map(PullFormat::as_str).join(", ");
    PullFormat::parse(format).ok_or_else(|| ApiError::bad_request(format!("format can be one of {known}.")))
}

/// Whether the client takes JSON and no text (RFC 9110 12.5.1).
fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    accepted.contains("application/json") && !accepted.contains("*/*") && !accepted.contains("text/")
}

/// One file as text, unless the client wants JSON; several as JSON.
fn files(found: RegistryCredentials, format: PullFormat, wants_json: bool) -> ApiResult<Response> {
    let config = PullConfig::try_from(found).map_err(|error| ApiError::bad_request(error.to_string()))?;
    let files = config.files(format).into_iter().map(|file| PullFile { path: file.path, content: Some(file.content) });
    let files: Vec<_> = files.collect();
    match &*files {
        [PullFile { content: Some(content), .. }] if !wants_json => {
            let text = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
            Ok((text, content.expose().to_owned()).into_response())
        }
        _ => Ok(Json(PullFiles { files }).into_response()),
    }
}

fn answer(found: RegistryCredentials) -> Credentials {
    let (username, password) = found.credentials.map(|it| (it.username, it.password)).unzip();
    Credentials {
        workspace: found.workspace,
        name: found.name,
        version: found.version,
        image_prefix: ImagePrefix::new(&found.url, &found.repository).to_string(),
        server: found.url.docker_config_key(),
        url: found.url.to_string(),
        username,
        password,
    }
}
