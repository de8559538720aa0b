//! Icons from the sprite in `public/icons.svg`.

use crate::page_context::PageContext;
use leptos::prelude::*;

/// A decorative icon. Text beside it or a label always carries the meaning.
#[component]
pub(crate) fn Icon(name: &'static str) -> impl IntoView {
    let href = with_context::<PageContext, _>(|page_context| format!("{}#{name}", page_context.icons));
    view! { <svg class="icon" aria-hidden="true"><use_ href=href></use_></svg> }
}
