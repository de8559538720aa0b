//! Pagination of lists.

use crate::ui::Icon;
use leptos::prelude::*;

/// The position of a page in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PageInfo {
    /// Counted from 1.
    pub page: u32,
    /// The number of rows on a full page.
    pub per_page: u32,
    /// The number of rows on all pages.
    pub total: u32,
}

impl PageInfo {
    /// The number of pages. An empty list has one.
    pub fn pages(&self) -> u32 {
        self.total.div_ceil(self.per_page.max(1)).max(1)
    }

    /// The existing page that is nearest to the wanted one.
    pub fn nearest(wanted: u32, per_page: u32, total: u32) -> Self {
        let page_info = Self { page: 1, per_page, total };
        Self { page: wanted.clamp(1, page_info.pages()), ..page_info }
    }

    /// The number of rows before this page.
    pub fn offset(&self) -> u32 {
        (self.page - 1) * self.per_page
    }

    fn sentence(&self) -> String {
        let first = self.offset() + 1;
        let last = (self.offset() + self.per_page).min(self.total);
        format!("{first}\u{2013}{last} of {}", self.total)
    }
}

/// Links to the first, previous, next and last page. `href` returns the address of a page.
#[component]
pub(crate) fn Pagination(page_info: PageInfo, href: impl Fn(u32) -> String) -> impl IntoView {
    let link = |to: u32, label: &'static str, icon: &'static str| {
        let reachable = to != page_info.page && (1..=page_info.pages()).contains(&to);
        // A link to a page that does not exist is disabled, so that the others do not move.
        let target = reachable.then(|| href(to));
        view! {
            <a class="button small" role=(!reachable).then_some("link") aria-disabled=(!reachable).then_some("true") href=target aria-label=label>
                <Icon name=icon/>
            </a>
        }
    };
    view! {
        <nav class="pagination" aria-label="Pages">
            <span class="total">{page_info.sentence()}</span>
            {link(1, "First page", "first")}
            {link(page_info.page.saturating_sub(1), "Previous page", "previous")}
            <span>{format!("Page {} of {}", page_info.page, page_info.pages())}</span>
            {link(page_info.page + 1, "Next page", "next")}
            {link(page_info.pages(), "Last page", "last")}
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_nearest_page_always_exists(wanted in any::<u32>(), per_page in 1u32..=100, total in 0u32..100_000) {
            let page_info = PageInfo::nearest(wanted, per_page, total);
            prop_assert!((1..=page_info.pages()).contains(&page_info.page));
            prop_assert!(page_info.offset() < total.max(1));
        }
    }
}
