//! The document in place of every page while the database cannot be read, and so nobody knows who is asking.

use super::shell::AssetPaths;
use super::static_page::static_page;
use crate::page_context::PageContext;
use crate::server_functions::AppError;
use crate::ui::Icon;
use leptos::prelude::*;

/// The document, which needs no script. `is_form` says whether it answers a plain form. It is at the address of that form
/// then, so the browser sends it again on reload.
pub fn outage_page(assets: &AssetPaths, page_context: PageContext, error: &AppError, is_form: bool) -> String {
    let next_step = match is_form {
        true => "Reload this page to send the form again. Your browser still has what you typed.",
        false => "Reload this page to try again.",
    };
    let sentence = if is_form { error.to_string() } else { error.of_page() };
    static_page(assets, page_context, "Not available", || {
        view! {
            <div class="door">
                <p class="brand"><Icon name="mark"/>"Portolan"</p>
                <h1>"Not available"</h1>
                <div class="notice error" role="alert">
                    <p><strong>{sentence}</strong></p>
                    <p>{next_step}</p>
                </div>
            </div>
        }
    })
}
