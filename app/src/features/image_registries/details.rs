//! The page of one image registry.

use super::check::status_panel;
use super::delete::DeleteDialog;
use super::form::warning_notices;
#[cfg(feature = "ssr")]
use super::port::ImageRegistries;
use super::pull_panel::{self, PullConfig};
use super::row::ID_FIELD;
use super::trust::trust_panel;
use super::{Consumer, RegistryDetails};
use crate::leptos_ext::{refetching_resource, replacing, resource};
use crate::page::{Page, RegistryName, percent_encoded};
use crate::page_context::page_state;
use crate::server_functions::AppError;
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{CopyButton, Icon, PageHeading, Time, breadcrumbs, suspend_in_place, suspend_part};
use domain::{RegistryUrl, Status, Warning};
use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// Everything that the pages show of one registry. With `to_edit`, it is refused to people who may not edit it.
#[server(prefix = "/ui", endpoint = "image-registries/details", input = GetUrl, output = Json)]
pub async fn image_registry(
    workspace: String,
    name: String,
    #[server(default)] to_edit: bool,
) -> Result<RegistryDetails, AppError> {
    let backend = backend::<dyn ImageRegistries>()?;
    match to_edit {
        true => backend.registry_to_edit(&actor()?, &workspace, &name).await,
        false => backend.registry(&actor()?, &workspace, &name).await,
    }
}

/// The query string for the registry with this name, on the edit page.
pub(super) fn to_edit(registry: &RegistryName) -> impl Fn() -> String + use<> {
    let query = query(registry);
    move || query() + "&to_edit=true"
}

/// The query string for the registry with this name.
fn query(registry: &RegistryName) -> impl Fn() -> String + use<> {
    let query = format!("workspace={}&name={}", percent_encoded(&registry.workspace), percent_encoded(&registry.name));
    move || query.clone()
}

#[component]
pub(crate) fn DetailsPage(registry: RegistryName) -> impl IntoView {
    let details = refetching_resource::<ImageRegistry>(query(&registry));
    let pull_config = resource::<PullConfig>(pull_panel::query(&registry));
    let asking = RwSignal::new(None);
    view! {
        {breadcrumbs(vec![super::list_above()], registry.name.clone())}
        <PageHeading title=registry.name.clone()/>
        {suspend_in_place(details, move |details| details_view(details, asking))}
        {suspend_part(pull_config, move |panel| pull_panel::panel(registry.clone(), panel))}
        {replacing(view! { <DeleteDialog asking stay=false/> })}
    }
}

/// The warnings for the stored credentials.
fn warnings(details: &RegistryDetails) -> Vec<Warning> {
    let username = details.username.as_deref().unwrap_or_default();
    let url = RegistryUrl::parse(&details.url);
    url.map(|url| Warning::of(&url, username, details.trust.skip_verification)).unwrap_or_default()
}

/// Loads the details again after an event about this registry, because an event contains less. It may have arrived
/// while the details were being loaded.
fn reload_after_events(id: String, as_of: i64) {
    let page_state = page_state();
    Effect::new(move || {
        let newer = |status: &Status| status.as_of > as_of;
        if page_state.statuses.with(|statuses| statuses.get(&id).is_some_and(newer)) {
            page_state.revision.update(|revision| *revision += 1);
        }
    });
}

/// The panel that says who would break without the registry, or `None` if nobody reads its credentials.
fn consumers_panel(consumers: Vec<Consumer>) -> Option<impl IntoView> {
    let items = consumers.into_iter().map(|Consumer { name, addresses, last_read }| {
        let addresses = if addresses == 1 { "1 address".to_owned() } else { format!("{addresses} addresses") };
        view! { <li><span><strong>{name}</strong>": "{addresses}", "<Time display_time=last_read/></span></li> }
    });
    let items = items.collect_view();
    (!items.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="consumers-title">
                <h2 id="consumers-title">"Used by"</h2>
                <ul class="plain rows">{items}</ul>
                <p class="hint">"Tokens that have read the credentials in the last 30 days."</p>
            </section>
        }
    })
}

fn details_view(details: RegistryDetails, asking: RwSignal<Option<Vec<String>>>) -> impl IntoView {
    reload_after_events(details.id.clone(), details.status.as_of);
    let registry = RegistryName::new(&details.workspace, &details.name);
    let id = details.id.clone();
    let delete = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        asking.set(Some(vec![id.clone()]));
    };
    let pull = format!("docker pull {}/{}", details.image_prefix, "IMAGE:TAG");
    let test_image = (!details.test_image.is_empty()).then(|| {
        let reference = format!("{}/{}", details.image_prefix, details.test_image);
        view! { <dt>"Test image"</dt><dd><code>{reference}</code></dd> }
    });
    let lines =
        |term, lines: String| (!lines.is_empty()).then(|| view! { <dt>{term}</dt><dd class="lines">{lines}</dd> });
    let labels = lines("Labels", details.label_lines.clone());
    let annotations = lines("Annotations", details.annotation_lines.clone());
    let status = status_panel(&details);
    let warnings = warnings(&details);
    let password = match details.password_set {
        Some(display_time) => Either::Left(view! { "Set "<Time display_time/> }),
        None => Either::Right("Not set"),
    };
    let credentials = match details.username {
        Some(username) => Either::Left(view! {
            <dt>"Username"</dt><dd>{username}</dd>
            <dt>"Password"</dt><dd>{password}</dd>
        }),
        None => Either::Right(view! { <dt>"Credentials"</dt><dd>"None: images are pulled anonymously"</dd> }),
    };
    let repository = if details.repository.is_empty() { "\u{2014}".to_owned() } else { details.repository };
    view! {
        <div class=if details.may_edit { "heading-actions" } else { "locked" }>
            <a class="button primary" href=Page::EditRegistry(registry).path()><Icon name="edit"/>"Edit"</a>
            <button type="button" class="button" popovertarget="actions" aria-label="More actions"><Icon name="more"/></button>
            <div popover id="actions" class="menu">
                <a href=Page::DeleteRegistries.with_query(ID_FIELD, &details.id) class="danger" on:click=delete>"Delete\u{2026}"</a>
            </div>
        </div>
        <div class="panels">
        {status}
        <section class="panel" aria-labelledby="registry-title">
            <h2 id="registry-title">"Image Registry"</h2>
            <dl>
                <dt>"Workspace"</dt><dd><a href=Page::Workspace(details.workspace.clone()).path()>{details.workspace.clone()}</a></dd>
                <dt>"URL"</dt><dd>{details.url}</dd>
                <dt>"Repository"</dt><dd>{repository}</dd>
                <dt>"Image prefix"</dt><dd><code>{details.image_prefix.clone()}</code><CopyButton text=details.image_prefix what="image prefix"/></dd>
                <dt>"Pull an image"</dt><dd><code>{pull.clone()}</code><CopyButton text=pull what="pull command"/></dd>
                {test_image}
                {labels}
                {annotations}
            </dl>
        </section>
        <section class="panel" aria-labelledby="credentials-title">
            <h2 id="credentials-title">"Authentication"</h2>
            <dl>{credentials}</dl>
            {warning_notices(warnings)}
        </section>
        {trust_panel(details.trust)}
        {consumers_panel(details.consumers)}
        <section class="panel" aria-labelledby="history-title">
            <h2 id="history-title">"History"</h2>
            <dl>
                <dt>"Updated"</dt><dd><Time display_time=details.updated/>" by "{details.updated_by}</dd>
                <dt>"Created"</dt><dd><Time display_time=details.created/>" by "{details.created_by}</dd>
                <dt>"Changes"</dt><dd class="lines">{details.history}</dd>
            </dl>
        </section>
        </div>
    }
}
