//! Tokens of the API, one file per use case.

mod authenticate;
mod create;
mod list;
mod revoke;

use super::audit::recorded;
use super::retry::retry_conflicts;
use crate::app_state::AppState;
use crate::auth::{Refusal, authorize};
use crate::display_time::display_time;
use crate::storage::tokens::{TokenRecord, TokensOf};
use app::tokens::port::Tokens;
use app::tokens::{CreatedToken, TokenFields, TokenList, TokenRow};
use app::{Actor, AppError};
use async_trait::async_trait;
use domain::{Action, Resource};

pub use authenticate::{InvalidToken, authenticate};

#[async_trait]
impl Tokens for AppState {
    async fn list_tokens(&self, actor: &Actor, page: u32) -> Result<TokenList, AppError> {
        recorded(self, actor, list::list(self, actor, page).await).await
    }

    async fn create_token(&self, actor: &Actor, fields: &TokenFields) -> Result<CreatedToken, AppError> {
        recorded(self, actor, retry_conflicts(|| create::create(self, actor, fields)).await).await
    }

    async fn revoke_token(&self, actor: &Actor, id: &str) -> Result<String, AppError> {
        recorded(self, actor, retry_conflicts(|| revoke::revoke(self, actor, id)).await).await
    }
}

/// Which tokens exist for an actor. A token manages tokens only if it allows an administrator's work.
fn visible(actor: &Actor) -> Result<TokensOf<'_>, Refusal> {
    let limit = actor.token.as_ref().and_then(|token| token.workspace_id.as_ref());
    if actor.token.is_some() {
        let place = limit.map_or(Resource::AnyWorkspace, |id| Resource::Workspace(id));
        authorize(actor, Action::ManageTokens, place)?;
    }
    Ok(match limit {
        Some(workspace_id) => TokensOf::Workspace(workspace_id),
        None if actor.rights.allow(Action::ManageTokens, Resource::Everything) => TokensOf::Everybody,
        None => TokensOf::Account(&actor.user_id),
    })
}

fn row(state: &AppState, record: TokenRecord) -> TokenRow {
    // A use that is not stored yet counts.
    let noted = state.last_seen.noted_token(&record.id);
    let (last_used, last_used_address) = match noted {
        Some(noted) => (Some(noted.at), Some(noted.address)),
        None => (record.last_used_at, record.last_used_address),
    };
    TokenRow {
        expired: record.expires_at <= state.clock.now(),
        created: display_time(record.created_at),
        expires: display_time(record.expires_at),
        last_used: last_used.map(display_time),
        last_used_address,
        id: record.id,
        name: record.name,
        owner: record.owner,
        workspace: record.workspace,
        limit: record.limit,
        created_by: record.created_by,
    }
}
