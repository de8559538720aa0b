//! The WebAssembly entry point: hydrates the page that the server has rendered.

use app::{Application, Page, load_page};
use leptos::prelude::*;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// Hydrates the page, after the code that it needs was downloaded. `app/src/layout/start.js` calls this once.
///
/// # Errors
/// If the code cannot be downloaded. The page stays as the server has sent it.
#[wasm_bindgen]
pub async fn hydrate() -> Result<(), JsError> {
    let Some(root) = document().document_element() else { return Ok(()) };
    // A rejected plain form is answered at the address of its server function. The page names the path that it shows,
    // so that the router and the address bar show the same.
    if let (Some(page), Ok(history)) = (root.get_attribute("data-page"), window().history()) {
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&page));
    }
    load_page(Page::at(&window().location().pathname().unwrap_or_default())).await?;
    leptos::mount::hydrate_body(Application);
    let _ = root.set_attribute("data-hydrated", "");
    // Browsers allow access to the clipboard only over https or from this machine.
    if window().is_secure_context() {
        let _ = root.set_attribute("data-clipboard", "");
    }
    Ok(())
}

/// Downloads the code for the next click. `app/src/layout/start.js` calls this once the page is idle.
#[wasm_bindgen]
pub async fn load_all() {
    app::load_all().await;
}
