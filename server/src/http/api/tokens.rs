//! Tokens. A token manages tokens only with the role Administrator.

use super::extract::{Body, Params};
use super::numbered_pages::{PageParams, numbered_page};
use super::problem::{ApiError, ApiResult, BodyProblems, Problems};
use crate::app_state::AppState;
use crate::display_time::rfc3339;
use crate::features::ticked;
use api::list::List;
use api::token::{CreatedToken, DEFAULT_DAYS, Token, TokenInput};
use app::Actor;
use app::tokens::port::Tokens;
use app::tokens::{TokenFields, TokenRow};
use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use domain::Secret;
use http::StatusCode;
use std::sync::Arc;

/// Lists the tokens that this one may revoke, the newest first.
#[utoipa::path(get, path = "/tokens", tag = "Tokens", operation_id = "listTokens", params(PageParams),
    responses((status = 200, description = "A page.", body = List<Token>), Problems))]
pub async fn list(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Params(params): Params<PageParams>,
) -> ApiResult<Json<List<Token>>> {
    let page = params.page()?;
    let list = state.list_tokens(&actor, page).await?;
    Ok(Json(numbered_page(list.rows.into_iter().map(resource), page, list.page_info)))
}

/// Makes a token that allows no more than this one, and is valid no longer. Only this answer contains its secret.
#[utoipa::path(post, path = "/tokens", tag = "Tokens", operation_id = "createToken", request_body = TokenInput,
    responses((status = 201, description = "Created.", body = CreatedToken), Problems, BodyProblems))]
pub async fn create(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    body: Body<TokenInput>,
) -> ApiResult<Response> {
    let input = body.value;
    let fields = TokenFields {
        token_name: input.name,
        workspace: input.workspace.unwrap_or_default(),
        belongs_to_workspace: ticked(input.belongs_to_workspace),
        role: input.role,
        read_credentials: ticked(input.read_credentials),
        days: input.days.unwrap_or(DEFAULT_DAYS).to_string(),
    };
    let created = state.create_token(&actor, &fields).await.map_err(|error| ApiError::of(error, pointer))?;
    let created = CreatedToken { token: resource(created.row), secret: Some(Secret::new(created.secret)) };
    Ok((StatusCode::CREATED, Json(created)).into_response())
}

/// Revokes a token.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "Tokens", operation_id = "revokeToken",
    params(("id" = String, Path,)), responses((status = 204, description = "Revoked."), Problems))]
pub async fn revoke(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    state.revoke_token(&actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where the body has a field of the form.
fn pointer(field: &str) -> String {
    format!("/{}", if field == "token_name" { "name" } else { field })
}

fn resource(row: TokenRow) -> Token {
    Token {
        id: row.id,
        name: row.name,
        owner: row.owner,
        workspace: row.workspace,
        role: row.limit.role.as_str().to_owned(),
        read_credentials: row.limit.read_credentials,
        created_by: row.created_by,
        creation_timestamp: rfc3339(row.created.at),
        expiration_timestamp: rfc3339(row.expires.at),
        expired: row.expired,
        last_used_time: row.last_used.map(|time| rfc3339(time.at)),
        last_used_address: row.last_used_address,
    }
}
