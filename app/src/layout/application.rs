//! The root component.

use super::events::follow_events;
use super::messages::Messages;
use super::navigation_bar::{NavigationBar, close_navigation};
use super::routes::{Routes, load_page};
use crate::features::image_registries::{provide_columns, provide_selection};
use crate::leptos_ext::{intercept_get_forms, page_path, provide_navigation, provide_page_url};
use crate::page_context::{clear_stale_message, follow_time, provide_page_context};
use crate::ui::provide_history_guard;
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::Router;

/// Everything inside `<body>`.
#[component]
pub fn Application() -> impl IntoView {
    provide_meta_context();
    provide_history_guard();
    view! { <Router><Frame/></Router> }
}

#[component]
fn Frame() -> impl IntoView {
    provide_page_url(load_page);
    let page_context = provide_page_context(page_path().get_untracked());
    provide_columns();
    provide_selection();
    provide_navigation(|path| {
        clear_stale_message(path);
        close_navigation();
    });
    intercept_get_forms();
    if page_context.user_name.is_some() {
        follow_events();
        follow_time();
    }
    view! {
        <a class="skip" href="#main" rel="external">"Skip to content"</a>
        {page_context.user_name.map(|user_name| view! { <NavigationBar user_name/> })}
        <main id="main">
            <Messages/>
            <Routes/>
        </main>
    }
}
