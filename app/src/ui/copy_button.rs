//! A button that copies to the clipboard.

use crate::ui::Icon;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

/// Copies a text. Hidden without WebAssembly and over plain http, where browsers deny access to the clipboard: the text
/// itself can still be selected.
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
