//! The component of each page.

use crate::features::accounts::{AccountPage, LoginPage, SetupPage};
use crate::features::image_registries::{CreatePage, DeletePage, DetailsPage, EditPage, ListPage};
use crate::features::workspaces::{WorkspaceDeletePage, WorkspacePage, WorkspacesPage};
use crate::leptos_ext::{complete_navigation, replacing};
use crate::page::Page;
use crate::server_functions::AppError;
use crate::ui::{ErrorNotice, PageHeading};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The page at the current path. The router's own matching does far more than this needs, and the browser would have to
/// download it (docs/decisions/0006).
#[component]
pub(super) fn Routes() -> impl IntoView {
    let path = use_location().pathname;
    let page = Memo::new(move |_| Page::at(&path.read()));
    complete_navigation(path);
    move || match page.get() {
        Page::SetUp => view! { <SetupPage/> }.into_any(),
        Page::LogIn => replacing(view! { <LoginPage/> }).into_any(),
        Page::Registries => view! { <ListPage/> }.into_any(),
        Page::CreateRegistry => view! { <CreatePage/> }.into_any(),
        Page::DeleteRegistries => view! { <DeletePage/> }.into_any(),
        Page::Registry(registry) => view! { <DetailsPage registry/> }.into_any(),
        Page::EditRegistry(registry) => view! { <EditPage registry/> }.into_any(),
        Page::Workspaces => view! { <WorkspacesPage/> }.into_any(),
        Page::Workspace(name) => view! { <WorkspacePage name/> }.into_any(),
        Page::DeleteWorkspace(name) => view! { <WorkspaceDeletePage name/> }.into_any(),
        Page::Account => replacing(view! { <AccountPage/> }).into_any(),
        Page::NotFound => replacing(view! { <NotFoundPage/> }).into_any(),
    }
}

#[component]
fn NotFoundPage() -> impl IntoView {
    view! {
        <PageHeading title="Page not found"/>
        <ErrorNotice error=AppError::no_such_page()/>
    }
}
