//! Manifests.

use super::extract::Body;
use super::problem::{ApiError, ApiResult, BodyProblems, Problems};
use crate::app_state::AppState;
use api::apply::{ApplyRequest, Plan};
use api::problem::{Problem, kind};
use app::manifests::port::Manifests;
use app::{Actor, AppError};
use axum::Json;
use axum::extract::{Extension, State};
use http::StatusCode;
use std::sync::Arc;

/// Plans manifests, and applies them unless `dry_run` is set: all, or none if one is broken. With the `fingerprint` of a
/// plan, nothing is written if the plan is another one by now. A manifest of an image registry without `authconfig` keeps
/// the stored credentials; `authconfig: null` removes them. Without `labels` or `annotations`, those stay, too.
#[utoipa::path(post, path = "/apply", tag = "Manifests", operation_id = "apply", request_body = ApplyRequest,
    responses((status = 200, description = "The plan. Planned ones may be broken, applied ones are not.", body = Plan),
        (status = 409, description = "The plan has changed; or clients would pull from elsewhere, or without credentials, which is not confirmed.", body = Problem, content_type = "application/problem+json"),
        Problems, BodyProblems))]
pub async fn apply(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    body: Body<ApplyRequest>,
) -> ApiResult<Json<Plan>> {
    let ApplyRequest { manifests, dry_run, fingerprint, confirmed } = body.value;
    let done = match dry_run {
        true => state.plan_manifests(&actor, &manifests).await,
        false => state.apply_manifests(&actor, &manifests, fingerprint.as_deref(), confirmed).await,
    };
    done.map(Json).map_err(|error| match error {
        AppError::Conflict { message, .. } => ApiError::new(StatusCode::CONFLICT, kind::PLAN_CHANGED, message),
        // The errors are at pointers already.
        other => ApiError::of(other, str::to_owned),
    })
}
