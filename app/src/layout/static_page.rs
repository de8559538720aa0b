//! Documents without scripts, for what is not a page of the console.

use super::shell::AssetPaths;
use super::theme::Theme;
use crate::page_context::PageContext;
use leptos::prelude::*;

/// A complete document. `main` is rendered with the context of the page.
pub(super) fn static_page<V: IntoView>(
    assets: &AssetPaths,
    page_context: PageContext,
    title: &str,
    main: impl FnOnce() -> V,
) -> String {
    let theme = Theme::of(&page_context);
    let title = format!("{title} \u{b7} Portolan");
    Owner::new().with(|| {
        provide_context(page_context);
        view! {
            <!DOCTYPE html>
            <html lang="en" data-theme=theme.as_str()>
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="color-scheme" content="light dark"/>
                    <title>{title}</title>
                    <link rel="icon" type="image/svg+xml" href=assets.favicon.clone()/>
                    <link rel="stylesheet" href=assets.css.clone()/>
                </head>
                <body>
                    <main id="main">{main()}</main>
                </body>
            </html>
        }
        .to_html()
    })
}
