//! Breadcrumbs.

use crate::page::Page;
use leptos::prelude::*;

/// Links to the pages above this one, with their labels, then the label of the page itself.
pub(crate) fn breadcrumbs(above: Vec<(Page, String)>, page: String) -> impl IntoView {
    let links = above.into_iter().map(|(page, label)| view! { <a href=page.path()>{label}</a> }).collect_view();
    view! { <nav class="breadcrumbs" aria-label="Breadcrumbs">{links}<span aria-current="page">{page}</span></nav> }
}
