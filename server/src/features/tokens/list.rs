//! Lists tokens.

use super::{row, visible};
use crate::app_state::AppState;
use crate::error::Result;
use crate::storage::tokens;
use app::tokens::{TOKENS_PER_PAGE, TokenList};
use app::{Actor, PageInfo};

pub async fn list(state: &AppState, actor: &Actor, page: u32) -> Result<TokenList> {
    let visible = visible(actor)?;
    let mut snapshot = state.storage.snapshot().await?;
    let page_info = PageInfo::nearest(page, TOKENS_PER_PAGE, tokens::count(&mut snapshot, visible).await?);
    let rows = tokens::page(&mut snapshot, visible, page_info.per_page, page_info.offset()).await?;
    Ok(TokenList { rows: rows.into_iter().map(|record| row(state, record)).collect(), page_info })
}
