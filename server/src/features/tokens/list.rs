//! Lists tokens.

use super::{row, visible};
use crate::app_state::AppState;
use crate::error::Result;
use crate::storage::tokens;
use app::Actor;
use app::tokens::TokenList;

pub async fn list(state: &AppState, actor: &Actor) -> Result<TokenList> {
    let rows = tokens::list(&mut state.storage.reader().await?, visible(actor)?).await?;
    Ok(TokenList { rows: rows.into_iter().map(|record| row(state, record)).collect() })
}
