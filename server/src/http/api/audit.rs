//! The audit trail, for administrators of everything.

use super::extract::Params;
use super::problem::{ApiError, ApiResult, Problems};
use crate::app_state::AppState;
use crate::display_time::rfc3339;
use api::audit::AuditEntry;
use api::list::List;
use app::Actor;
use app::audit::port::AuditTrail;
use app::audit::{AuditParams, AuditQuery, AuditRow};
use axum::Json;
use axum::extract::{Extension, State};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

#[derive(Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[derive(Default)]
pub struct TrailParams {
    /// Only what this user did, in any letter case.
    #[param(max_length = 255)]
    person: String,
    /// Only this event, such as `registry.delete`.
    event: String,
    /// Only what was `Done`, `Refused` or `Failed`.
    #[param(pattern = "^(Done|Refused|Failed)?$")]
    outcome: String,
    /// Only in this workspace.
    #[param(max_length = 255)]
    workspace: String,
    /// Only what was done to the registry, user or token with this name.
    #[param(max_length = 255)]
    object: String,
    /// Only from this day on, such as `2026-11-23`, in UTC.
    #[param(pattern = "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
    from: String,
    /// Only until the end of this day.
    #[param(pattern = "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
    until: String,
    /// `next_cursor` of the page before.
    #[param(max_length = 255)]
    cursor: String,
}

/// Lists the entries that match, the newest first.
#[utoipa::path(get, path = "/audit", tag = "Administration", operation_id = "listAuditEntries", params(TrailParams),
    responses((status = 200, description = "A page.", body = List<AuditEntry>), Problems))]
pub async fn list(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Params(params): Params<TrailParams>,
) -> ApiResult<Json<List<AuditEntry>>> {
    let TrailParams { person, event, outcome, workspace, object, from, until, cursor } = params;
    let params =
        AuditParams { person, event, outcome, workspace, object, from, until, before: cursor, after: String::new() };
    let query = AuditQuery::parse(&params).map_err(ApiError::bad_request)?;
    let page = state.audit_page(&actor, &query).await?;
    let next_cursor = page.rows.last().filter(|_| page.older).map(|row| row.id.clone());
    Ok(Json(List { items: page.rows.into_iter().map(resource).collect(), next_cursor }))
}

fn resource(row: AuditRow) -> AuditEntry {
    AuditEntry {
        id: row.id,
        time: rfc3339(row.at.at),
        person: row.person,
        token: row.token,
        address: row.address,
        user_agent: row.user_agent,
        event: row.event,
        outcome: row.outcome,
        workspace: row.workspace,
        object: row.object,
        changes: row.changes,
    }
}
