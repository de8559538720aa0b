//! One workspace and what it owns.

use super::{DEFAULT_WORKSPACE, LIST_PATH, WorkspaceDetails};
use crate::components::{Icon, Time, loaded};
use crate::json::Json;
use crate::navigation::{PageHeading, breadcrumbs};
use crate::refusal::Refusal;
use crate::source::{Source, escaped};
use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// One workspace with what it owns.
#[server(prefix = "/ui", endpoint = "workspaces/details", input = GetUrl, output = Json)]
pub async fn workspace(name: String) -> Result<WorkspaceDetails, Refusal> {
    crate::port::backend()?.workspace(&crate::port::actor()?, &name).await
}

/// The question for the workspace of this name.
pub(super) fn query(name: &str) -> impl Fn() -> String + use<> {
    let query = format!("name={}", escaped(name));
    move || query.clone()
}

/// The page.
#[component]
pub(crate) fn WorkspacePage(name: String) -> impl IntoView {
    let details = Source::following::<Workspace>(query(&name));
    view! {
        {breadcrumbs(vec![super::above()], name.clone())}
        <PageHeading title=name/>
        {loaded(details, details_view)}
    }
}

fn details_view(details: WorkspaceDetails) -> impl IntoView {
    let name = details.summary.name.clone();
    let all = match details.summary.registries {
        1 => "View it in the list".to_owned(),
        count => format!("View all {count} image registries"),
    };
    let items = details.registries.iter().map(|registry| {
        view! { <li><a href=crate::image_registries::details_path(&name, registry)>{registry.clone()}</a></li> }
    });
    let registries = match details.registries.is_empty() {
        true => Either::Left(view! { <p>"No image registries yet."</p> }),
        false => Either::Right(view! {
            <ul class="plain">{items.collect_view()}</ul>
            <p><a href=format!("/image-registries?workspace={name}")>{all}</a></p>
        }),
    };
    let delete = (name != DEFAULT_WORKSPACE)
        .then(|| view! { <a class="button" href=format!("{LIST_PATH}/{name}/delete")><Icon name="delete"/>"Delete\u{2026}"</a> });
    view! {
        <div class="heading-actions">
            <a class="button primary" href=format!("/image-registries/create?workspace={name}")><Icon name="add"/>"Create image registry"</a>
            {delete}
        </div>
        <div class="panels">
        <section class="panel" aria-labelledby="registries-title">
            <h2 id="registries-title">"Image Registries"</h2>
            {registries}
        </section>
        <section class="panel" aria-labelledby="history-title">
            <h2 id="history-title">"History"</h2>
            <dl><dt>"Created"</dt><dd><Time moment=details.summary.created/></dd></dl>
        </section>
        </div>
    }
}
