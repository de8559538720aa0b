//! The heading of a page.

use crate::leptos_ext::has_navigated;
use leptos::prelude::*;
use leptos_meta::Title;

/// The title and the only h1 of a page. After a navigation the heading takes the focus, so that screen readers announce
/// the page. The router does neither.
#[component]
pub(crate) fn PageHeading(#[prop(into)] title: String) -> impl IntoView {
    let heading = NodeRef::<leptos::html::H1>::new();
    Effect::new(move || {
        if let Some(heading) = heading.get()
            && has_navigated()
        {
            let _ = heading.focus();
        }
    });
    view! {
        <Title text=format!("{title} \u{b7} Portolan")/>
        <h1 tabindex="-1" node_ref=heading>{title}</h1>
    }
}
