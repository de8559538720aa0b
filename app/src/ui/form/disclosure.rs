//! Rarely needed fields behind a summary.

use super::FormState;
use crate::leptos_ext::SyncChildren;
use leptos::prelude::*;

/// Fields behind a summary. An error at one of them opens it; only the person closes it.
#[component]
pub(crate) fn Disclosure(
    class: &'static str,
    summary: &'static str,
    /// The names of the fields inside.
    holds: &'static [&'static str],
    /// Whether it is initially open.
    open: bool,
    children: SyncChildren,
) -> impl IntoView {
    let state = expect_context::<FormState>();
    let details = NodeRef::<leptos::html::Details>::new();
    let has_error = move || holds.iter().any(|field| !state.errors_at(field).is_empty());
    let open = open || untrack(has_error);
    Effect::new(move || {
        if has_error()
            && let Some(details) = details.get()
        {
            details.set_open(true);
        }
    });
    view! { <details class=class open=open node_ref=details><summary>{summary}</summary>{children.render()}</details> }
}
