//! Lists tokens.

use super::{row, visible};
use crate::app_state::AppState;
use crate::auth::scope;
use crate::error::Result;
use crate::storage::{tokens, workspaces};
use app::Actor;
use app::tokens::TokenList;
use app::workspaces::WORKSPACES_PER_PAGE;

pub async fn list(state: &AppState, actor: &Actor) -> Result<TokenList> {
    let mut snapshot = state.storage.snapshot().await?;
    let rows = tokens::list(&mut snapshot, visible(actor)?).await?;
    let names = workspaces::names(&mut snapshot, scope(actor), WORKSPACES_PER_PAGE + 1).await?;
    Ok(TokenList {
        rows: rows.into_iter().map(|record| row(state, record)).collect(),
        workspaces: (names.len() <= WORKSPACES_PER_PAGE as usize).then_some(names),
    })
}
