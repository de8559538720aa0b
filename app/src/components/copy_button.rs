//! Copying to the clipboard.

use crate::components::Icon;
use leptos::prelude::*;

/// Copies a text. Without WebAssembly it is not there: the text itself can be selected.
#[component]
pub(crate) fn CopyButton(
    #[prop(into)] text: String,
    /// What is copied, for screen readers.
    what: &'static str,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let _ = window().navigator().clipboard().write_text(&text);
        copied.set(true);
    };
    view! {
        <button type="button" class="button small needs-script" on:click=copy aria-label=format!("Copy {what}")>
            <Icon name="copy"/>
            <span role="status">{move || if copied.get() { "Copied" } else { "Copy" }}</span>
        </button>
    }
}
