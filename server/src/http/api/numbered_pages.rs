//! Lists in pages of a fixed size, whose cursor is the number of the page.

use super::problem::{ApiError, ApiResult};
use api::list::List;
use app::PageInfo;
use serde::Deserialize;
use utoipa::IntoParams;

/// The parameters of a list in pages of a fixed size.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl PageParams {
    /// The number of the page, counted from 1.
    ///
    /// # Errors
    /// 400 if the cursor is not a number of a page.
    pub fn page(&self) -> ApiResult<u32> {
        let page = self.cursor.as_deref().map_or(Some(1), |cursor| cursor.parse().ok().filter(|page| *page > 0));
        page.ok_or_else(|| ApiError::bad_request("This cursor is not valid. Leave it out to start at the first page."))
    }
}

/// The items of a page with this number, and the cursor of the next one.
pub fn numbered_page<T>(items: impl Iterator<Item = T>, page: u32, page_info: PageInfo) -> List<T> {
    let next_cursor = (page < page_info.pages()).then(|| (page + 1).to_string());
    // A page beyond the last means the last on pages.
    let items = if page > page_info.pages().max(1) { Vec::new() } else { items.collect() };
    List { items, next_cursor }
}
