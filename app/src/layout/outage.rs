//! The document in place of every page while the database cannot be read, and so nobody knows who is asking.

use super::shell::AssetPaths;
use super::theme::Theme;
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
    let theme = Theme::of(&page_context);
    Owner::new().with(|| {
        provide_context(page_context);
        view! {
            <!DOCTYPE html>
            <html lang="en" data-theme=theme.as_str()>
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="color-scheme" content="light dark"/>
                    <title>"Not available \u{b7} Portolan"</title>
                    <link rel="icon" type="image/svg+xml" href=assets.favicon.clone()/>
                    <link rel="stylesheet" href=assets.css.clone()/>
                </head>
                <body>
                    <main id="main">
                        <div class="door">
                            <p class="brand"><Icon name="mark"/>"Portolan"</p>
                            <h1>"Not available"</h1>
                            <div class="notice error" role="alert">
                                <p><strong>{sentence}</strong></p>
                                <p>{next_step}</p>
                            </div>
                        </div>
                    </main>
                </body>
            </html>
        }
        .to_html()
    })
}
