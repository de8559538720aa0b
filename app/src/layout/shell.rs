//! The document around every page.

use super::application::Application;
use super::chunk::Chunk;
use super::theme::Theme;
use crate::page::Page;
use crate::page_context::{Offer, page_context};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;
use std::sync::LazyLock;

/// The paths of the assets.
#[derive(Clone, Debug, Default)]
pub struct AssetPaths {
    pub css: String,
    /// The icon sprite.
    pub icons: String,
    pub favicon: String,
    /// The script of the worker that follows the events.
    pub events_worker: String,
    /// Whether pages reload when the server has restarted: while developing.
    pub live_reload: bool,
    /// What hydrates a page. `None` if the server was built without it: every page works without script.
    pub browser: Option<BrowserAssets>,
}

/// The paths of the module's parts.
#[derive(Clone, Debug, Default)]
pub struct BrowserAssets {
    /// The script that loads the module.
    pub js: String,
    /// The main module.
    pub wasm: String,
    /// The files of each chunk. Two chunks may share a file.
    pub chunks: Vec<(Chunk, Vec<String>)>,
}

impl BrowserAssets {
    /// The script of the page, after the paths that it needs.
    fn start(&self, page: &Page) -> String {
        let chunk = Chunk::of(page);
        let files = self.chunks.iter().find(|(name, _)| Some(*name) == chunk).map(|(_, files)| files.as_slice());
        let is_signed_in = page_context().user_name.is_some();
        let assets = serde_json::json!({
            "js": self.js, "wasm": self.wasm, "chunks": files.unwrap_or_default(), "loadAll": is_signed_in,
        });
        format!("const assets = {assets};\n{}", *START)
    }
}

const LIVE_RELOAD: &str = include_str!("live_reload.js");

/// `start.js` without its comments.
static START: LazyLock<String> = LazyLock::new(|| {
    let lines = include_str!("start.js").lines().map(str::trim).filter(|line| !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
});

/// What styles offer to the signed-in person (`style/utilities.css`). The server refuses the rest in any case; telling
/// the browser like this costs it no code.
fn offers() -> String {
    page_context().offers.into_iter().map(Offer::as_str).collect::<Vec<_>>().join(" ")
}

/// The whole document of the page at `path`. `address` is its path and query if the browser's address is another: after
/// a rejected form.
pub fn shell(assets: &AssetPaths, path: &str, address: Option<String>) -> impl IntoView + use<> {
    let theme = Theme::of(&page_context());
    let start = assets.browser.as_ref().map(|browser| {
        let start = browser.start(&Page::at(path));
        view! { <script type="module" nonce=use_nonce()>{start}</script> }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.as_str() data-page=address data-offers=offers()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" type="image/svg+xml" href=assets.favicon.clone()/>
                <link rel="stylesheet" href=assets.css.clone()/>
                {start}
                {assets.live_reload.then(|| view! { <script type="module" nonce=use_nonce()>{LIVE_RELOAD}</script> })}
                <MetaTags/>
            </head>
            <body><Application/></body>
        </html>
    }
}
