//! The view of each page, and the download of its code.

#![expect(clippy::unnecessary_wraps, reason = "a fallible chunk returns a Result: its download can fail")]

use super::chunk::Chunk;
use crate::features::accounts::{AccountPage, LoginPage, SetupPage};
use crate::features::audit::AuditListPage;
use crate::features::image_registries::{CreatePage, DeletePage, DetailsPage, EditPage, ListPage};
use crate::features::manifests::ImportPage;
use crate::features::tokens::TokensPage;
use crate::features::users::{SetPasswordPage, UserDeletePage, UserPage, UsersPage};
use crate::features::workspaces::{WorkspaceDeletePage, WorkspacePage, WorkspacesPage};
use crate::leptos_ext::{page_path, replacing};
use crate::page::Page;
use crate::server_functions::AppError;
use crate::ui::{ErrorNotice, PageHeading};
use futures_util::FutureExt;
use leptos::LazyViewError;
use leptos::prelude::*;
use leptos::wasm_split::wasm_split;

/// The page at the current path. The router's own matching does far more than this needs, and the browser would have to
/// download it (docs/leptos.md).
#[component]
pub(super) fn Routes() -> impl IntoView {
    let path = page_path();
    let page = Memo::new(move |_| Page::at(&path.read()));
    // A page is shown once its chunk was loaded, so this neither waits nor fails. `Suspend` would wait for a tick, in
    // which the signals of the last page are gone and its elements still there.
    move || view_of(page.get()).now_or_never().and_then(Result::ok).unwrap_or_else(|| ().into_any())
}

async fn view_of(page: Page) -> Result<AnyView, LazyViewError> {
    match Chunk::of(&page) {
        Some(Chunk::List) => list_page().await,
        Some(Chunk::Registry) => registry_page(page).await,
        Some(Chunk::Form) => form_page(page).await,
        Some(Chunk::Administration) => administration_page(page).await,
        Some(Chunk::Other) => other_page(page).await,
        None if page == Page::LogIn => Ok(replacing(view! { <LoginPage/> }).into_any()),
        None => Ok(replacing(view! { <NotFoundPage/> }).into_any()),
    }
}

/// Downloads the code of a page, unless the browser has it. On the server this does nothing.
///
/// # Errors
/// If the download fails. The next call tries again.
pub async fn load_page(page: Page) -> Result<(), LazyViewError> {
    match Chunk::of(&page) {
        Some(chunk) => load(chunk).await,
        None => Ok(()),
    }
}

/// Downloads the code of all pages, so that the next click need not wait for it. A failure does not matter yet.
pub async fn load_all() {
    for chunk in Chunk::ALL {
        let _ = load(chunk).await;
    }
}

async fn load(chunk: Chunk) -> Result<(), LazyViewError> {
    Ok(match chunk {
        Chunk::List => load_list().await,
        Chunk::Registry => load_registry().await,
        Chunk::Form => load_form().await,
        Chunk::Administration => load_administration().await,
        Chunk::Other => load_other().await,
    }?)
}

#[wasm_split(list, fallible, preload(load_list), wasm_split_path = ::leptos::wasm_split)]
fn list_page() -> Result<AnyView, LazyViewError> {
    Ok(view! { <ListPage/> }.into_any())
}

#[wasm_split(registry, fallible, preload(load_registry), wasm_split_path = ::leptos::wasm_split)]
fn registry_page(page: Page) -> Result<AnyView, LazyViewError> {
    Ok(match page {
        Page::Registry(registry) => view! { <DetailsPage registry/> }.into_any(),
        Page::DeleteRegistries => view! { <DeletePage/> }.into_any(),
        _ => ().into_any(),
    })
}

#[wasm_split(form, fallible, preload(load_form), wasm_split_path = ::leptos::wasm_split)]
fn form_page(page: Page) -> Result<AnyView, LazyViewError> {
    Ok(match page {
        Page::CreateRegistry => view! { <CreatePage/> }.into_any(),
        Page::ImportRegistries => view! { <ImportPage/> }.into_any(),
        Page::EditRegistry(registry) => view! { <EditPage registry/> }.into_any(),
        _ => ().into_any(),
    })
}

#[wasm_split(administration, fallible, preload(load_administration), wasm_split_path = ::leptos::wasm_split)]
fn administration_page(page: Page) -> Result<AnyView, LazyViewError> {
    Ok(match page {
        Page::Audit => view! { <AuditListPage/> }.into_any(),
        Page::Users => view! { <UsersPage/> }.into_any(),
        Page::User(name) => view! { <UserPage name/> }.into_any(),
        Page::DeleteUser(name) => view! { <UserDeletePage name/> }.into_any(),
        _ => ().into_any(),
    })
}

#[wasm_split(other, fallible, preload(load_other), wasm_split_path = ::leptos::wasm_split)]
fn other_page(page: Page) -> Result<AnyView, LazyViewError> {
    Ok(match page {
        Page::SetUp => view! { <SetupPage/> }.into_any(),
        Page::SetPassword => view! { <SetPasswordPage/> }.into_any(),
        Page::Workspaces => view! { <WorkspacesPage/> }.into_any(),
        Page::Workspace(name) => view! { <WorkspacePage name/> }.into_any(),
        Page::DeleteWorkspace(name) => view! { <WorkspaceDeletePage name/> }.into_any(),
        Page::Account => view! { <AccountPage/> }.into_any(),
        Page::Tokens => view! { <TokensPage/> }.into_any(),
        _ => ().into_any(),
    })
}

#[component]
fn NotFoundPage() -> impl IntoView {
    view! {
        <PageHeading title="Page not found"/>
        <ErrorNotice error=AppError::no_such_page()/>
    }
}
