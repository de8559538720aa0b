//! The application: what surrounds every page, and which page stands at which path.

use crate::accounts::{AccountPage, LoginPage, SetupPage};
use crate::components::{Icon, NavigationBar, RefusalNotice, whole};
use crate::events::follow_events;
use crate::form::provide_way_back;
use crate::image_registries::{CreatePage, DeletePage, DetailsPage, EditPage, ListPage, provide_selection};
use crate::navigation::{PageHeading, arrive, log_in_address, provide_navigation};
use crate::page::Page;
use crate::refusal::Refusal;
use crate::viewer::{PageStream, follow_time, live, provide_viewer};
use crate::workspaces::{WorkspaceDeletePage, WorkspacePage, WorkspacesPage};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::Router;
use leptos_router::hooks::use_location;

/// Everything inside `<body>`.
#[component]
pub fn Application() -> impl IntoView {
    provide_meta_context();
    provide_way_back();
    view! { <Router><Frame/></Router> }
}

#[component]
fn Frame() -> impl IntoView {
    let viewer = provide_viewer(use_location().pathname.get_untracked());
    provide_selection();
    provide_navigation();
    if viewer.user_name.is_some() {
        follow_events();
        follow_time();
    }
    view! {
        <a class="skip" href="#main" rel="external">"Skip to content"</a>
        {viewer.user_name.map(|user_name| view! { <NavigationBar user_name/> })}
        <main id="main">
            <MessageRegion/>
            <Pages/>
        </main>
    }
}

/// The page at the path. The router's own matching knows far more than this needs, and the browser would have to
/// carry it.
#[component]
fn Pages() -> impl IntoView {
    let path = use_location().pathname;
    let page = Memo::new(move |_| Page::at(&path.read()));
    arrive(path);
    move || match page.get() {
        Page::SetUp => view! { <SetupPage/> }.into_any(),
        Page::LogIn => whole(view! { <LoginPage/> }).into_any(),
        Page::Registries => view! { <ListPage/> }.into_any(),
        Page::CreateRegistry => view! { <CreatePage/> }.into_any(),
        Page::DeleteRegistries => view! { <DeletePage/> }.into_any(),
        Page::Registry(registry) => view! { <DetailsPage registry/> }.into_any(),
        Page::EditRegistry(registry) => view! { <EditPage registry/> }.into_any(),
        Page::Workspaces => view! { <WorkspacesPage/> }.into_any(),
        Page::Workspace(name) => view! { <WorkspacePage name/> }.into_any(),
        Page::DeleteWorkspace(name) => view! { <WorkspaceDeletePage name/> }.into_any(),
        Page::Account => whole(view! { <AccountPage/> }).into_any(),
        Page::Nowhere => whole(view! { <NotFoundPage/> }).into_any(),
    }
}

/// What the last form had to say, and that the session has ended while the page was open. The region is always there,
/// so that screen readers notice a change.
#[component]
fn MessageRegion() -> impl IntoView {
    let live = live();
    let message = move || {
        live.message
            .get()
            .map(|message| whole(view! { <p class="notice success"><Icon name="done"/>{message.text}</p> }))
    };
    let signed_out = move || {
        (live.stream.get() == PageStream::SignedOut).then(|| whole(view! {
            <p class="notice warning">
                <Icon name="warning"/><span>"Your session has ended. "<a href=log_in_address() rel="external">"Log in again"</a></span>
            </p>
        }))
    };
    view! { <div role="status" class="messages">{message}{signed_out}</div> }
}

#[component]
fn NotFoundPage() -> impl IntoView {
    view! {
        <PageHeading title="Page not found"/>
        <RefusalNotice refusal=Refusal::Missing("There is no page at this address.".to_owned())/>
    }
}
