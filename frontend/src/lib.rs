//! The WebAssembly entry: hydrates the page that the server has sent.

use app::Application;
use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Brings the page to life. The script in the page's head calls this once.
#[wasm_bindgen]
pub fn hydrate() {
    let Some(root) = document().document_element() else { return };
    // A refused plain form is answered at the address of its server function. The page says which page it
    // really is, so that the router and the person find themselves where they were.
    if let (Some(page), Ok(history)) = (root.get_attribute("data-page"), window().history()) {
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&page));
    }
    leptos::mount::hydrate_body(Application);
    let _ = root.set_attribute("data-hydrated", "");
    // Browsers have a clipboard for pages that came over https or from this machine.
    if window().is_secure_context() {
        let _ = root.set_attribute("data-clipboard", "");
    }
}
