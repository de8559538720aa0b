//! Copying to the clipboard.

use crate::components::Icon;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// Copies a text, which stands right before the button. Without WebAssembly it is not there: the text itself can be selected.
#[component]
pub(crate) fn CopyButton(
    #[prop(into)] text: String,
    /// What is copied, for screen readers.
    what: &'static str,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |event: web_sys::MouseEvent| {
        let text = text.clone();
        let shown = event
            .current_target()
            .and_then(|button| button.dyn_into::<web_sys::Element>().ok()?.previous_element_sibling());
        spawn_local(async move {
            let done = written(&text).await || shown.is_some_and(|shown| selected_and_copied(&shown));
            let _ = copied.try_set(done);
        });
    };
    view! {
        <button type="button" class="button small needs-script" on:click=copy aria-label=format!("Copy {what}")>
            <Icon name="copy"/>
            <span role="status">{move || if copied.get() { "Copied" } else { "Copy" }}</span>
        </button>
    }
}

/// Over plain http there is no clipboard, and a person can deny it.
async fn written(text: &str) -> bool {
    window().is_secure_context() && JsFuture::from(window().navigator().clipboard().write_text(text)).await.is_ok()
}

/// The old way. If it fails as well, the text is selected and a key is enough.
fn selected_and_copied(shown: &web_sys::Element) -> bool {
    let Ok(Some(selection)) = window().get_selection() else { return false };
    let document = document().dyn_into::<web_sys::HtmlDocument>();
    selection.select_all_children(shown).is_ok()
        && document.is_ok_and(|document| document.exec_command("copy").unwrap_or_default())
}
