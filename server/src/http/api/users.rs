//! Users, for administrators of everything.

use super::extract::Params;
use super::numbered_pages::{PageParams, numbered_page};
use super::problem::{ApiError, ApiResult, Problems};
use crate::app_state::AppState;
use api::list::List;
use api::user::User;
use app::Actor;
use app::users::port::Users;
use app::users::{UserParams, UserQuery, UserRow};
use axum::Json;
use axum::extract::{Extension, State};
use std::sync::Arc;

/// Lists the users, by name.
#[utoipa::path(get, path = "/users", tag = "Administration", operation_id = "listUsers", params(PageParams),
    responses((status = 200, description = "A page.", body = List<User>), Problems))]
pub async fn list(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Params(params): Params<PageParams>,
) -> ApiResult<Json<List<User>>> {
    let page = params.page()?;
    let params = UserParams { page: page.to_string(), ..UserParams::default() };
    let query = UserQuery::parse(&params).map_err(ApiError::bad_request)?;
    let list = state.list_users(&actor, &query).await?;
    Ok(Json(numbered_page(list.rows.into_iter().map(resource), page, list.page_info)))
}

fn resource(row: UserRow) -> User {
    User {
        name: row.name,
        role: row.grant.map(|grant| grant.role.as_str().to_owned()),
        read_credentials: row.grant.is_some_and(|grant| grant.read_credentials),
        state: row.state.as_str().to_owned(),
        workspaces: row.workspaces.into(),
    }
}
