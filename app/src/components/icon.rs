//! Icons from the sprite in `public/icons.svg`.

use crate::viewer::Viewer;
use leptos::prelude::*;

/// A decoration: what it means is always said in text beside it or in a label.
#[component]
pub(crate) fn Icon(name: &'static str) -> impl IntoView {
    let href = with_context::<Viewer, _>(|viewer| format!("{}#{name}", viewer.icons));
    view! { <svg class="icon" aria-hidden="true"><use_ href=href></use_></svg> }
}
