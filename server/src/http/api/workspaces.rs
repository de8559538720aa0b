//! Workspaces.

use super::extract::{Body, Params, check_kind};
use super::numbered_pages::{PageParams, numbered_page};
use super::problem::{ApiError, ApiResult, BodyProblems, Problems};
use crate::app_state::AppState;
use crate::display_time::rfc3339;
use api::API_VERSION;
use api::list::List;
use api::problem::Problem;
use api::workspace::{KIND, Workspace, WorkspaceInput, WorkspaceMetadata, WorkspaceStatus};
use app::Actor;
use app::workspaces::WorkspaceSummary;
use app::workspaces::port::Workspaces;
use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use domain::Name;
use http::{StatusCode, header};
use std::sync::Arc;

/// Lists the workspaces that the token sees.
#[utoipa::path(get, path = "/workspaces", tag = "Workspaces", operation_id = "listWorkspaces", params(PageParams),
    responses((status = 200, description = "A page.", body = List<Workspace>), Problems))]
pub async fn list(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Params(params): Params<PageParams>,
) -> ApiResult<Json<List<Workspace>>> {
    let page = params.page()?;
    let list = state.list_workspaces(&actor, page).await?;
    Ok(Json(numbered_page(list.rows.into_iter().map(resource), page, list.page_info)))
}

/// Creates a workspace. Takes an administrator of everything.
#[utoipa::path(post, path = "/workspaces", tag = "Workspaces", operation_id = "createWorkspace",
    request_body = WorkspaceInput,
    responses((status = 201, description = "Created.", body = Workspace,
        headers(("Location" = String, description = "Its path."))),
        (status = 409, description = "Another workspace has this name.", body = Problem, content_type = "application/problem+json"),
        Problems, BodyProblems))]
pub async fn create(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    body: Body<WorkspaceInput>,
) -> ApiResult<Response> {
    let WorkspaceInput { api_version, kind, metadata } = body.value;
    check_kind(api_version.as_deref(), kind.as_deref(), KIND)?;
    let pointer = |_: &str| "/metadata/name".to_owned();
    let name = Name::parse(&metadata.name).map_err(|error| ApiError::invalid_field(pointer(""), error.to_string()))?;
    state.create_workspace(&actor, &name).await.map_err(|error| ApiError::of(error, pointer))?;
    let created = state.workspace(&actor, name.as_str()).await?;
    let location = [(header::LOCATION, format!("/api/v1/workspaces/{name}"))];
    Ok((StatusCode::CREATED, location, Json(resource(created.summary))).into_response())
}

/// Reads a workspace.
#[utoipa::path(get, path = "/workspaces/{workspace}", tag = "Workspaces", operation_id = "getWorkspace",
    params(("workspace" = String, Path,)),
    responses((status = 200, description = "The workspace.", body = Workspace), Problems))]
pub async fn get(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Path(workspace): Path<String>,
) -> ApiResult<Json<Workspace>> {
    Ok(Json(resource(state.workspace(&actor, &workspace).await?.summary)))
}

/// Deletes a workspace that has no image registries. Takes an administrator of everything.
#[utoipa::path(delete, path = "/workspaces/{workspace}", tag = "Workspaces", operation_id = "deleteWorkspace",
    params(("workspace" = String, Path,)),
    responses((status = 204, description = "Deleted."),
        (status = 409, description = "It still has image registries, or is the default workspace.", body = Problem, content_type = "application/problem+json"), Problems))]
pub async fn delete(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Path(workspace): Path<String>,
) -> ApiResult<StatusCode> {
    state.delete_workspace(&actor, &workspace).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The name of a workspace that the actor sees.
///
/// # Errors
/// 404 if there is none.
pub async fn visible(state: &AppState, actor: &Actor, name: &str) -> ApiResult<Name> {
    let missing = || ApiError::not_found("There is no workspace of this name.");
    let name = Name::parse(name).map_err(|_| missing())?;
    state.workspace(actor, name.as_str()).await?;
    Ok(name)
}

fn resource(summary: WorkspaceSummary) -> Workspace {
    Workspace {
        api_version: API_VERSION.to_owned(),
        kind: KIND.to_owned(),
        metadata: WorkspaceMetadata { name: summary.name, creation_timestamp: rfc3339(summary.created.at) },
        status: WorkspaceStatus { image_registries: summary.registries.into() },
    }
}
