//! Copying to the clipboard.

use crate::ui::Icon;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

/// Copies a text. It is not there without WebAssembly, nor over plain http, where browsers have no clipboard for pages:
/// the text itself can be selected.
#[component]
pub(crate) fn CopyButton(
    #[prop(into)] text: String,
    /// What is copied, for screen readers.
    what: &'static str,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let written = window().navigator().clipboard().write_text(&text);
        spawn_local(async move { copied.set(JsFuture::from(written).await.is_ok()) });
    };
    view! {
        <button type="button" class="button small needs-clipboard" on:click=copy aria-label=format!("Copy {what}")>
            <Icon name="copy"/>
            <span role="status">{move || if copied.get() { "Copied" } else { "Copy" }}</span>
        </button>
    }
}
