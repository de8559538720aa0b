//! The way around, at the left of every page.

use crate::accounts::LogOut;
use crate::components::Icon;
use crate::form::MutationForm;
use crate::navigation::current_location;
use crate::preferences::theme::ThemeSwitch;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_location;

/// Links to the main pages, and at its foot the signed-in person. On a narrow screen it is a popover behind a
/// button, which the browser opens without any script.
#[component]
pub(crate) fn NavigationBar(user_name: String) -> impl IntoView {
    let path = use_location().pathname;
    let link = move |to: &'static str, label: &'static str, icon: &'static str| {
        let current = move || path.with(|path| path == to || path.starts_with(&format!("{to}/"))).then_some("page");
        view! { <li><a href=to aria-current=current><Icon name=icon/>{label}</a></li> }
    };
    view! {
        <header class="bar">
            <a class="brand" href="/image-registries"><Icon name="mark"/>"Portolan"</a>
            <button type="button" class="button" popovertarget="navigation"><Icon name="menu"/>"Menu"</button>
        </header>
        <nav class="navigation" id="navigation" popover aria-label="Main">
            <a class="brand" href="/image-registries"><Icon name="mark"/>"Portolan"</a>
            <ul>
                {link("/image-registries", "Image Registries", "registry")}
                {link("/workspaces", "Workspaces", "workspace")}
            </ul>
            <div class="foot">
                <ThemeSwitch/>
                <ul>{link("/account", "Account", "person")}</ul>
                <p class="who">"Logged in as "<strong>{user_name}</strong></p>
                <MutationForm action=LogOut::PATH page=current_location()>
                    <button type="submit" class="button"><Icon name="leave"/>"Log out"</button>
                </MutationForm>
            </div>
        </nav>
    }
}
