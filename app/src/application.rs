//! The application: what surrounds every page, and which page stands at which path.

use crate::accounts::{AccountPage, LoginPage, SetupPage};
use crate::components::{Icon, NavigationBar, RefusalNotice};
use crate::image_registries::{CreatePage, DeletePage, DetailsPage, EditPage, ListPage, provide_selection};
use crate::navigation::{PageHeading, provide_navigation};
use crate::news::follow_news;
use crate::refusal::Refusal;
use crate::viewer::{live, provide_viewer};
use crate::workspaces::{WorkspaceDeletePage, WorkspacePage, WorkspacesPage};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{FlatRoutes, Redirect, Route, Router};
use leptos_router::hooks::use_location;
use leptos_router::{SsrMode, path};

/// Everything inside `<body>`.
#[component]
pub fn Application() -> impl IntoView {
    provide_meta_context();
    view! { <Router><Frame/></Router> }
}

#[component]
fn Frame() -> impl IntoView {
    let viewer = provide_viewer(use_location().pathname.get_untracked());
    provide_selection();
    provide_navigation();
    if viewer.user_name.is_some() {
        follow_news();
    }
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        {viewer.user_name.map(|user_name| view! { <NavigationBar user_name/> })}
        <main id="main">
            <MessageRegion/>
            <FlatRoutes fallback=NotFoundPage>
                <Route path=path!("/") view=|| view! { <Redirect path="/image-registries"/> } ssr=SsrMode::Async/>
                <Route path=path!("/setup") view=SetupPage ssr=SsrMode::Async/>
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async/>
                <Route path=path!("/image-registries") view=ListPage ssr=SsrMode::Async/>
                <Route path=path!("/image-registries/create") view=CreatePage ssr=SsrMode::Async/>
                <Route path=path!("/image-registries/delete") view=DeletePage ssr=SsrMode::Async/>
                <Route path=path!("/image-registries/:workspace/:name") view=DetailsPage ssr=SsrMode::Async/>
                <Route path=path!("/image-registries/:workspace/:name/edit") view=EditPage ssr=SsrMode::Async/>
                <Route path=path!("/workspaces") view=WorkspacesPage ssr=SsrMode::Async/>
                <Route path=path!("/workspaces/:name") view=WorkspacePage ssr=SsrMode::Async/>
                <Route path=path!("/workspaces/:name/delete") view=WorkspaceDeletePage ssr=SsrMode::Async/>
                <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async/>
            </FlatRoutes>
        </main>
    }
}

/// What the last form had to say. The region is always there, so that screen readers notice a change.
#[component]
fn MessageRegion() -> impl IntoView {
    let message = live().message;
    let shown = move || {
        message.get().map(|message| {
            view! { <p class="notice success"><Icon name="done"/>{message.text}</p> }
        })
    };
    view! { <div role="status" class="messages">{shown}</div> }
}

#[component]
fn NotFoundPage() -> impl IntoView {
    view! {
        <PageHeading title="Page not found"/>
        <RefusalNotice refusal=Refusal::Missing("There is no page at this address.".to_owned())/>
        <p><a href="/image-registries">"Go to the image registries"</a></p>
    }
}
