//! The document around every page.

use super::application::Application;
use super::theme::Theme;
use crate::page_context::page_context;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// The paths of the assets.
#[derive(Clone, Debug, Default)]
pub struct AssetPaths {
    pub css: String,
    /// The icon sprite.
    pub icons: String,
    pub favicon: String,
    /// The script of the worker that follows the events.
    pub events_worker: String,
    /// The script, and the WebAssembly module that it starts. `None` if the server was built without them: every page
    /// works without script.
    pub browser: Option<(String, String)>,
}

/// Waits for the first paint, so that the script does not compete for bandwidth with the page, which is complete
/// without it. A hidden page is never painted.
const AFTER_FIRST_PAINT: &str = "if (!document.hidden && PerformanceObserver.supportedEntryTypes.includes('paint')) await new Promise((painted) => new PerformanceObserver(painted).observe({ type: 'paint', buffered: true }));";

/// The whole document. `page` is the path of the page it shows, if that is not the address: after a rejected form.
pub fn shell(assets: &AssetPaths, page: Option<String>) -> impl IntoView + use<> {
    let theme = Theme::of(&page_context());
    let start = assets.browser.clone().map(|(js, wasm)| {
        // Both are fetched in parallel, and by script only: a browser without script does not download them.
        let start = format!(
            "{AFTER_FIRST_PAINT} const wasm = fetch('{wasm}'); const {{ default: start, hydrate }} = await import('{js}'); await start({{ module_or_path: wasm }}); hydrate();"
        );
        view! { <script type="module" nonce=use_nonce()>{start}</script> }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.as_str() data-page=page>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" type="image/svg+xml" href=assets.favicon.clone()/>
                <link rel="stylesheet" href=assets.css.clone()/>
                {start}
                <MetaTags/>
            </head>
            <body><Application/></body>
        </html>
    }
}
