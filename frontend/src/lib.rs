//! The WebAssembly entry point: hydrates the page that the server has rendered. `app/src/layout/start.js` calls each
//! function once, in this order.

use app::{Application, Page};
use leptos::prelude::*;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

/// Downloads the code of this page.
///
/// # Errors
/// If the code cannot be downloaded. The page stays as the server has sent it.
#[wasm_bindgen]
pub async fn load_page() -> Result<(), JsError> {
    let window = window();
    // A rejected plain form is answered at the address of its server function. The page names the path that it shows,
    // so that the router and the address bar show the same.
    let page = document().document_element().and_then(|root| root.get_attribute("data-page"));
    if let (Some(page), Ok(history)) = (page, window.history()) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&page));
    }
    Ok(app::load_page(Page::at(&window.location().pathname().unwrap_or_default())).await?)
}

/// Hydrates the page.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(Application);
    let Some(root) = document().document_element() else { return };
    let _ = root.set_attribute("data-hydrated", "");
    // Browsers allow access to the clipboard only over https or from this machine.
    if window().is_secure_context() {
        let _ = root.set_attribute("data-clipboard", "");
    }
}

/// Downloads the code for the next click, when the page is idle.
#[wasm_bindgen]
pub async fn load_all() {
    app::load_all().await;
}
