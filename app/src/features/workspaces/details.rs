//! The page of one workspace.

use super::members::members_panel;
#[cfg(feature = "ssr")]
use super::port::Workspaces;
use super::{DEFAULT_WORKSPACE, WorkspaceDetails};
use crate::leptos_ext::refetching_resource;
use crate::page::{Page, RegistryName, percent_encoded};
use crate::server_functions::AppError;
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{Icon, PageHeading, Time, breadcrumbs, suspend};
use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// One workspace with its image registries. With `to_delete`, it is refused to people who may not delete it.
#[server(prefix = "/ui", endpoint = "workspaces/details", input = GetUrl, output = Json)]
pub async fn workspace(name: String, #[server(default)] to_delete: bool) -> Result<WorkspaceDetails, AppError> {
    let backend = backend::<dyn Workspaces>()?;
    match to_delete {
        true => backend.workspace_to_delete(&actor()?, &name).await,
        false => backend.workspace(&actor()?, &name).await,
    }
}

/// The query string for the workspace with this name.
pub(super) fn query(name: &str) -> impl Fn() -> String + use<> {
    let query = format!("name={}", percent_encoded(name));
    move || query.clone()
}

#[component]
pub(crate) fn WorkspacePage(name: String) -> impl IntoView {
    let details = refetching_resource::<Workspace>(query(&name));
    view! {
        {breadcrumbs(vec![super::list_above()], name.clone())}
        <PageHeading title=name/>
        {suspend(details, details_view)}
    }
}

fn details_view(details: WorkspaceDetails) -> impl IntoView {
    let name = details.summary.name.clone();
    let all = match details.summary.registries {
        1 => "View it in the list".to_owned(),
        count => format!("View all {count} image registries"),
    };
    let items = details.registries.iter().map(|registry| {
        view! { <li><a href=Page::Registry(RegistryName::new(&name, registry)).path()>{registry.clone()}</a></li> }
    });
    let registries = match details.registries.is_empty() {
        true => Either::Left(view! { <p>"No image registries yet."</p> }),
        false => Either::Right(view! {
            <ul class="plain">{items.collect_view()}</ul>
            <p><a href=Page::Registries.with_query("workspace", &name)>{all}</a></p>
        }),
    };
    let create = details.may_create.then(|| view! {
        <a class="button primary" href=Page::CreateRegistry.with_query("workspace", &name)><Icon name="add"/>"Create image registry"</a>
    });
    let delete = (name != DEFAULT_WORKSPACE)
        .then(|| view! { <a class="button if-administrator" href=Page::DeleteWorkspace(name.clone()).path()><Icon name="delete"/>"Delete\u{2026}"</a> });
    view! {
        <div class="heading-actions">
            {create}
            {delete}
        </div>
        <div class="panels">
        <section class="panel" aria-labelledby="registries-title">
            <h2 id="registries-title">"Image Registries"</h2>
            {registries}
        </section>
        <section class="panel" aria-labelledby="history-title">
            <h2 id="history-title">"History"</h2>
            <dl><dt>"Created"</dt><dd><Time display_time=details.summary.created/></dd></dl>
        </section>
        {details.members.map(|members| members_panel(&name, members))}
        </div>
    }
}
