//! The WebAssembly entry point: hydrates the page that the server has rendered.

use app::Application;
use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the page. The script in its head calls this once.
#[wasm_bindgen]
pub fn hydrate() {
    let Some(root) = document().document_element() else { return };
    // A rejected plain form is answered at the address of its server function. The page names the path that it shows,
    // so that the router and the address bar show the same.
    if let (Some(page), Ok(history)) = (root.get_attribute("data-page"), window().history()) {
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&page));
    }
    leptos::mount::hydrate_body(Application);
    let _ = root.set_attribute("data-hydrated", "");
    // Browsers allow access to the clipboard only over https or from this machine.
    if window().is_secure_context() {
        let _ = root.set_attribute("data-clipboard", "");
    }
}
