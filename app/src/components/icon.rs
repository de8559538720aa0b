//! Icons from the sprite in `public/icons.svg`.

use crate::viewer::viewer;
use leptos::prelude::*;

/// A decoration: what it means is always said in text beside it or in a label.
#[component]
pub(crate) fn Icon(name: &'static str) -> impl IntoView {
    view! { <svg class="icon" aria-hidden="true"><use_ href=format!("{}#{name}", viewer().icons)></use_></svg> }
}
