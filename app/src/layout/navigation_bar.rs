//! The navigation at the left of every page.

use super::theme::ThemeSwitch;
use crate::features::accounts::LogOut;
use crate::leptos_ext::{current_location, page_path};
use crate::page::Page;
use crate::ui::{Icon, MutationForm};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use wasm_bindgen::JsCast;

/// Links to the main pages and, at its foot, the signed-in person. On a narrow screen it is a popover, which the
/// browser opens without script.
#[component]
pub(super) fn NavigationBar(user_name: String) -> impl IntoView {
    let path = page_path();
    let link = move |page: Page, label: &'static str, icon: &'static str| {
        let to = page.path();
        let href = to.clone();
        let current = move || {
            path.with(|path| path.strip_prefix(&*to).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
                .then_some("page")
        };
        view! { <li><a href=href aria-current=current><Icon name=icon/>{label}</a></li> }
    };
    view! {
        <header class="bar">
            <a class="brand" href=Page::Registries.path()><Icon name="mark"/>"Portolan"</a>
            <button type="button" class="button" popovertarget="navigation"><Icon name="menu"/>"Menu"</button>
        </header>
        <nav class="navigation" id="navigation" popover aria-label="Main">
            <a class="brand" href=Page::Registries.path()><Icon name="mark"/>"Portolan"</a>
            <ul>
                {link(Page::Registries, "Image Registries", "registry")}
                {link(Page::Workspaces, "Workspaces", "workspace")}
                {link(Page::Tokens, "Tokens", "key")}
            </ul>
            <ul class="if-administrator">
                {link(Page::Users, "Users", "people")}
                {link(Page::Audit, "Audit", "history")}
            </ul>
            <div class="foot">
                <ThemeSwitch/>
                <ul>{link(Page::Account, "Account", "person")}</ul>
                <p class="who">"Logged in as "<strong>{user_name}</strong></p>
                <MutationForm action=LogOut::PATH page=current_location()>
                    <button type="submit" class="button"><Icon name="leave"/>"Log out"</button>
                </MutationForm>
            </div>
        </nav>
    }
}

/// Closes the navigation on a narrow screen.
pub(super) fn close_navigation() {
    if let Ok(Some(menu)) = document().query_selector("#navigation:popover-open")
        && let Ok(menu) = menu.dyn_into::<web_sys::HtmlElement>()
    {
        let _ = menu.hide_popover();
    }
}
