//! Image registries.

use super::extract::{Body, Params, check_kind};
use super::patch::{edit_fields, with_credentials};
use super::problem::{ApiError, ApiResult, BodyProblems, Problems};
use super::registry_resource::{report, resource};
use super::version::{etag_header, require_match};
use crate::app_state::AppState;
use crate::features::{pointer, ticked};
use api::image_registry::{BulkDelete, BulkDeleted, ImageRegistry, ImageRegistryInput, KIND, Report};
use api::list::List;
use api::problem::{Problem, kind};
use app::Actor;
use app::image_registries::port::{
    CreateOnceError, CursorOrder, CursorQuery, Deleted, IdempotencyKey, ImageRegistries,
};
use app::image_registries::{BasicFields, CreateFields, DeleteTarget, MAX_SEARCH_CHARS, RegistryDetails};
use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use domain::{Labels, Name, Phase};
use http::{HeaderMap, HeaderName, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::IntoParams;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The largest page.
const MAX_LIMIT: u32 = 500;

/// The most registries that are deleted at once.
const MAX_AT_ONCE: usize = 500;

/// The parameters of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// Text in name, URL or repository, in any letter case.
    #[param(max_length = 255)]
    #[serde(default)]
    search: String,
    /// `Pending`, `Connected` or `Failed`.
    #[param(pattern = "^(Pending|Connected|Failed)$")]
    status: Option<String>,
    /// `name`, `created` or `updated`, with `-` before it for descending order. By name if missing.
    #[param(pattern = "^-?(name|created|updated)$")]
    sort: Option<String>,
    /// How many at most. Large registries make a page shorter: go on until there is no `next_cursor`.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
    /// `next_cursor` of the page before. The other parameters have to stay the same.
    cursor: Option<String>,
}

/// The answer to what the server asks before it breaks something.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConfirmParams {
    /// Whether to go on although clients have read the credentials of the registry in the last 7 days.
    #[serde(default)]
    confirmed: bool,
}

/// Lists the image registries of all workspaces that the token sees.
#[utoipa::path(get, path = "/image_registries", tag = "Image registries", operation_id = "listAllImageRegistries",
    params(ListParams), responses((status = 200, description = "A page.", body = List<ImageRegistry>), Problems))]
pub async fn list_all(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Params(params): Params<ListParams>,
) -> ApiResult<Json<List<ImageRegistry>>> {
    page(&state, &actor, None, params).await
}

/// Lists the image registries of a workspace.
#[utoipa::path(get, path = "/workspaces/{workspace}/image_registries", tag = "Image registries",
    operation_id = "listImageRegistries", params(("workspace" = String, Path,), ListParams),
    responses((status = 200, description = "A page.", body = List<ImageRegistry>), Problems))]
pub async fn list(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Path(workspace): Path<String>,
    Params(params): Params<ListParams>,
) -> ApiResult<Json<List<ImageRegistry>>> {
    let workspace = super::workspaces::visible(&state, &actor, &workspace).await?;
    page(&state, &actor, Some(workspace), params).await
}

async fn page(
    state: &AppState,
    actor: &Actor,
    workspace: Option<Name>,
    params: ListParams,
) -> ApiResult<Json<List<ImageRegistry>>> {
    let query = query(workspace, params).map_err(ApiError::bad_request)?;
    let page = state.registries_after(actor, &query).await?;
    Ok(Json(List { items: page.items.into_iter().map(resource).collect(), next_cursor: page.next }))
}

fn query(workspace: Option<Name>, params: ListParams) -> Result<CursorQuery, String> {
    if params.search.chars().count() > MAX_SEARCH_CHARS || params.search.contains('\0') {
        return Err(format!("Search for {MAX_SEARCH_CHARS} characters or fewer, without NUL."));
    }
    let status = match params.status.as_deref() {
        None => None,
        Some(text) => Some(Phase::parse(text).ok_or("status can be Pending, Connected or Failed.")?),
    };
    let sort = params.sort.as_deref().unwrap_or("name");
    let (key, descending) = sort.strip_prefix('-').map_or((sort, false), |key| (key, true));
    let order = match key {
        "name" => CursorOrder::Name,
        "created" => CursorOrder::Created,
        "updated" => CursorOrder::Updated,
        _ => return Err("sort can be name, created or updated, each with - before it for descending order.".to_owned()),
    };
    let limit = params.limit.unwrap_or(100);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(format!("limit can be from 1 to {MAX_LIMIT}."));
    }
    let search = params.search.trim().to_owned();
    Ok(CursorQuery { search, workspace, status, order, descending, cursor: params.cursor, limit })
}

/// Creates an image registry. With the header `Idempotency-Key`, the request may be repeated for a day.
#[utoipa::path(post, path = "/workspaces/{workspace}/image_registries", tag = "Image registries",
    operation_id = "createImageRegistry",
    params(("workspace" = String, Path,), ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible characters, new for each request.")),
    request_body = ImageRegistryInput,
    responses((status = 201, description = "Created.", body = ImageRegistry,
        headers(("ETag" = String, description = "Its version."), ("Location" = String, description = "Its path."))),
        (status = 409, description = "The workspace has another registry of this name.", body = Problem, content_type = "application/problem+json"),
        Problems, BodyProblems))]
pub async fn create(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Path(workspace): Path<String>,
    headers: HeaderMap,
    body: Body<ImageRegistryInput>,
) -> ApiResult<Response> {
    let workspace = super::workspaces::visible(&state, &actor, &workspace).await?;
    let ImageRegistryInput { api_version, kind: resource_kind, metadata, spec } = body.value;
    check_kind(api_version.as_deref(), resource_kind.as_deref(), KIND)?;
    if metadata.workspace.as_ref().is_some_and(|it| it != workspace.as_str()) {
        let detail = format!("The path names the workspace {workspace}. Leave this out, or name the same.");
        return Err(ApiError::invalid_field("/metadata/workspace", detail));
    }
    let fields = CreateFields {
        basic: BasicFields { name: metadata.name, workspace: workspace.as_str().to_owned() },
        connection: with_credentials(spec),
        labels: Labels { labels: metadata.labels, annotations: metadata.annotations },
    };
    let created = match idempotency_key(&headers, &workspace, &body.bytes)? {
        None => state.create_registry(&actor, fields).await,
        Some(key) => match state.create_registry_once(&actor, fields, &key).await {
            Err(CreateOnceError::App(error)) => Err(error),
            Err(error @ CreateOnceError::KeyReused) => {
                return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, kind::KEY_REUSED, error.to_string()));
            }
            Ok(created) => Ok(created),
        },
    };
    let created = created.map_err(|error| ApiError::of(error, pointer))?;
    let location = format!("/api/v1/workspaces/{}/image_registries/{}", created.workspace, created.name);
    let headers =
        [(header::ETAG, etag_header(&created).to_str().unwrap_or_default().to_owned()), (header::LOCATION, location)];
    Ok((StatusCode::CREATED, headers, Json(resource(created))).into_response())
}

fn idempotency_key(headers: &HeaderMap, workspace: &Name, body: &[u8]) -> ApiResult<Option<IdempotencyKey>> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    match key.to_str() {
        Ok(key) if (1..=255).contains(&key.len()) => {
            // The same body in another workspace is another request.
            let request = [workspace.as_str().as_bytes(), b"\n", body].concat();
            Ok(Some(IdempotencyKey { key: key.to_owned(), request }))
        }
        _ => Err(ApiError::bad_request("Idempotency-Key can have 1 to 255 visible ASCII characters.")),
    }
}

/// Reads an image registry.
#[utoipa::path(get, path = "/workspaces/{workspace}/image_registries/{name}", tag = "Image registries",
    operation_id = "getImageRegistry", params(("workspace" = String, Path,), ("name" = String, Path,)),
    responses((status = 200, description = "The registry.", body = ImageRegistry,
        headers(("ETag" = String, description = "Its version, for `If-Match`. Checks do not change it."))), Problems))]
pub async fn get(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Path((workspace, name)): Path<(String, String)>,
) -> ApiResult<Response> {
    let details = state.registry(&actor, &workspace, &name).await?;
    Ok(([(header::ETAG, etag_header(&details))], Json(resource(details))).into_response())
}

/// Changes an image registry. The body is a JSON merge patch (RFC 7396) of what `GET` returns of `metadata.labels`,
/// `metadata.annotations` and `spec`. Without `spec.authconfig`, the credentials stay; null removes them. Another scheme,
/// host, port, trust or username requires the password again. A patch that changes nothing leaves version and times as they
/// are.
#[utoipa::path(patch, path = "/workspaces/{workspace}/image_registries/{name}", tag = "Image registries",
    operation_id = "patchImageRegistry",
    params(("workspace" = String, Path,), ("name" = String, Path,), ("If-Match" = String, Header, description = "The `ETag` of the version that you have seen, or `*`."), ConfirmParams),
    request_body(content((Object = "application/merge-patch+json"), (Object = "application/json"))),
    responses((status = 200, description = "The registry after the change.", body = ImageRegistry,
        headers(("ETag" = String, description = "Its new version."))),
        (status = 409, description = "Clients have read its credentials in the last 7 days and would pull from elsewhere, or without credentials, which is not confirmed.", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it since.", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing.", body = Problem, content_type = "application/problem+json"),
        Problems, BodyProblems))]
pub async fn patch(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Path((workspace, name)): Path<(String, String)>,
    Params(params): Params<ConfirmParams>,
    headers: HeaderMap,
    body: Body<Map<String, Value>>,
) -> ApiResult<Response> {
    let stored = state.registry_to_edit(&actor, &workspace, &name).await?;
    require_match(&headers, &stored)?;
    let mut fields = edit_fields(&stored, body.value)?;
    fields.stored.confirmed = ticked(params.confirmed);
    let updated = state.update_registry(&actor, fields).await.map_err(|error| ApiError::of(error, pointer))?;
    Ok(([(header::ETAG, etag_header(&updated))], Json(resource(updated))).into_response())
}

/// Deletes an image registry.
#[utoipa::path(delete, path = "/workspaces/{workspace}/image_registries/{name}", tag = "Image registries",
    operation_id = "deleteImageRegistry",
    params(("workspace" = String, Path,), ("name" = String, Path,), ("If-Match" = String, Header, description = "The `ETag` of the version that you have seen, or `*`."), ConfirmParams),
    responses((status = 204, description = "Deleted."),
        (status = 409, description = "Clients have read its credentials in the last 7 days, which is not confirmed.", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it since.", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing.", body = Problem, content_type = "application/problem+json"), Problems))]
pub async fn delete(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Path((workspace, name)): Path<(String, String)>,
    Params(params): Params<ConfirmParams>,
    headers: HeaderMap,
) -> ApiResult<StatusCode> {
    let stored = state.registry_to_edit(&actor, &workspace, &name).await?;
    require_match(&headers, &stored)?;
    let target = DeleteTarget { version: Some(stored.version), ..target(&stored) };
    state.delete_registries(&actor, &[target], params.confirmed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes several image registries of a workspace, all or none.
#[utoipa::path(post, path = "/workspaces/{workspace}/image_registries/bulk_delete", tag = "Image registries",
    operation_id = "deleteImageRegistries", params(("workspace" = String, Path,)), request_body = BulkDelete,
    responses((status = 200, description = "What became of them.", body = BulkDeleted),
        (status = 409, description = "Clients have read the credentials of one in the last 7 days, which is not confirmed.", body = Problem, content_type = "application/problem+json"), Problems, BodyProblems))]
pub async fn bulk_delete(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Path(workspace): Path<String>,
    body: Body<BulkDelete>,
) -> ApiResult<Json<BulkDeleted>> {
    let workspace = super::workspaces::visible(&state, &actor, &workspace).await?;
    let names = &body.value.names;
    if !(1..=MAX_AT_ONCE).contains(&names.len()) {
        return Err(ApiError::invalid_field("/names", format!("Send 1 to {MAX_AT_ONCE} names.")));
    }
    let (mut targets, mut gone) = (Vec::new(), Vec::new());
    for name in names.iter().collect::<BTreeSet<_>>() {
        match state.registry_to_edit(&actor, workspace.as_str(), name).await {
            // Within a workspace, the name says it all.
            Ok(details) => targets.push(DeleteTarget { id: details.id, label: name.clone(), version: None }),
            Err(app::AppError::NotFound(_)) => gone.push(name.clone()),
            Err(error) => return Err(error.into()),
        }
    }
    let Deleted { deleted, gone: meanwhile } = state.delete_registries(&actor, &targets, body.value.confirmed).await?;
    gone.extend(meanwhile);
    Ok(Json(BulkDeleted { deleted, gone }))
}

/// Schedules an immediate check.
#[utoipa::path(post, path = "/workspaces/{workspace}/image_registries/{name}/check", tag = "Image registries",
    operation_id = "checkImageRegistry", params(("workspace" = String, Path,), ("name" = String, Path,)),
    responses((status = 202, description = "The check is due; `status.checking` says whether it is still running."), Problems))]
pub async fn check(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Path((workspace, name)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    let details = state.registry(&actor, &workspace, &name).await?;
    state.check_registries(&actor, &[details.id]).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Tests the connection of a stored image registry, or what it would be after a change: the body is a JSON merge patch,
/// `{}` for none. Nothing is stored.
#[utoipa::path(post, path = "/workspaces/{workspace}/image_registries/{name}/test", tag = "Image registries",
    operation_id = "testImageRegistry", params(("workspace" = String, Path,), ("name" = String, Path,)),
    request_body(content((Object = "application/merge-patch+json"), (Object = "application/json"))),
    responses((status = 200, description = "The report.", body = Report), Problems, BodyProblems))]
pub async fn test(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Path((workspace, name)): Path<(String, String)>,
    body: Body<Map<String, Value>>,
) -> ApiResult<Json<Report>> {
    let stored = state.registry_to_edit(&actor, &workspace, &name).await?;
    let fields = edit_fields(&stored, body.value)?;
    let tested = state.test_edited_registry(&actor, fields).await.map_err(|error| ApiError::of(error, pointer))?;
    Ok(Json(report(tested)))
}

/// Tests a connection before it is created. Nothing is stored.
#[utoipa::path(post, path = "/workspaces/{workspace}/image_registries/test_connection", tag = "Image registries",
    operation_id = "testConnection", params(("workspace" = String, Path,)), request_body = ImageRegistryInput,
    responses((status = 200, description = "The report.", body = Report), Problems, BodyProblems))]
pub async fn test_connection(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Path(workspace): Path<String>,
    body: Body<ImageRegistryInput>,
) -> ApiResult<Json<Report>> {
    super::workspaces::visible(&state, &actor, &workspace).await?;
    check_kind(body.value.api_version.as_deref(), body.value.kind.as_deref(), KIND)?;
    let fields = with_credentials(body.value.spec);
    let tested = state.test_new_registry(&actor, fields).await.map_err(|error| ApiError::of(error, pointer))?;
    Ok(Json(report(tested)))
}

fn target(details: &RegistryDetails) -> DeleteTarget {
    DeleteTarget { id: details.id.clone(), label: format!("{}/{}", details.workspace, details.name), version: None }
}
