//! Editing an image registry.

use super::confirm_in_use::ConfirmInUse;
use super::details::{ImageRegistry, to_edit};
use super::form::{ConnectionSection, Stored};
#[cfg(feature = "ssr")]
use super::port::ImageRegistries;
use super::test_connection::{TestButton, TestResult};
use super::trust::trust_panel;
use super::{ConnectionFields, EditFields, RegistryDetails, StoredFields};
use crate::leptos_ext::{replacing, resource};
use crate::page::{Page, RegistryName};
use crate::server_functions::{AppError, FormResponse, FormValues, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{ErrorSummary, FormState, MutationForm, PageHeading, SubmitButton, Time, breadcrumbs, suspend};
use domain::errors_for_browser;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::Json;

/// Saves an image registry, unless someone else has in the meantime (optimistic locking).
#[server(prefix = "/ui", endpoint = "image-registries/update", output = Json)]
pub async fn update_image_registry(
    #[server(flatten)] stored: StoredFields,
    #[server(flatten)] connection: ConnectionFields,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let warning = connection.password_warning().map(|warning| format!(" {warning}")).unwrap_or_default();
    let fields = EditFields { stored, connection, labels: None };
    let updated = backend::<dyn ImageRegistries>()?.update_registry(&actor()?, fields).await?;
    FormResponse::redirect(Page::Registry(RegistryName::new(&updated.workspace, &updated.name)))
        .with_flash(format!("Saved {}/{}.{warning}", updated.workspace, updated.name))
        .send()
}

#[component]
pub(crate) fn EditPage(registry: RegistryName) -> impl IntoView {
    let details = resource::<ImageRegistry>(to_edit(&registry));
    view! {
        {breadcrumbs(
            vec![super::list_above(), (Page::Registry(registry.clone()), registry.name.clone())],
            "Edit".to_owned(),
        )}
        <PageHeading title=format!("Edit {}", registry.name)/>
        {suspend(details, edit_form)}
    }
}

fn edit_form(details: RegistryDetails) -> impl IntoView {
    let registry = RegistryName::new(&details.workspace, &details.name);
    let stored = StoredValue::new(details.clone());
    let check = Callback::new(move |values: FormValues| {
        stored
            .with_value(|stored| errors_for_browser(EditFields::of(&values).validate(stored).err().unwrap_or_default()))
    });
    let in_form = Stored::from(&details);
    let in_use = !details.consumers.is_empty();
    view! {
        <MutationForm action=UpdateImageRegistry::PATH page=String::from(Page::EditRegistry(registry.clone())) class="form" check guarded=true>
            <ErrorSummary/>
            <ConflictPanel/>
            <input type="hidden" name="registry" value=details.id/>
            <VersionField version=details.version/>
            <fieldset class="panel">
                <legend>"Basic Information"</legend>
                <dl>
                    <dt>"Name"</dt><dd>{details.name}</dd>
                    <dt>"Workspace"</dt><dd>{details.workspace}</dd>
                </dl>
                <p class="hint">"Name and workspace cannot be changed."</p>
            </fieldset>
            <ConnectionSection stored=in_form/>
            <ConfirmInUse in_use label="Clients use this registry: change it all the same"/>
            <TestResult/>
            <p class="actions">
                <SubmitButton label="Save" pending="Saving\u{2026}"/>
                <TestButton action=UpdateImageRegistry::PATH/>
                <a class="button" href=Page::Registry(registry).path()>"Cancel"</a>
            </p>
        </MutationForm>
    }
}

/// The version that the form is based on (optimistic locking). After a conflict it is the version that the
/// [`ConflictPanel`] shows, so that saving again replaces it.
#[component]
fn VersionField(version: i64) -> impl IntoView {
    let state = expect_context::<FormState>();
    let error = state.error;
    // A plain form that is shown again keeps its version, even if a newer one is stored.
    let version = state.value_or("based_on", version.to_string());
    let version = move || {
        error.with(|error| match error {
            Some(AppError::Conflict { current, .. }) => {
                current.read().map_or(0, |theirs: RegistryDetails| theirs.version).to_string()
            }
            _ => version.clone(),
        })
    };
    view! { <input type="hidden" name="based_on" value=version/> }
}

/// After a conflict: what someone else has saved, above what was typed.
#[component]
fn ConflictPanel() -> impl IntoView {
    let error = expect_context::<FormState>().error;
    let theirs = move || match error.get() {
        Some(AppError::Conflict { current, .. }) => current.read::<RegistryDetails>(),
        _ => None,
    };
    move || {
        theirs().map(|theirs| {
            let test_image = Some(theirs.test_image).filter(|image| !image.is_empty());
            let path = Page::EditRegistry(RegistryName::new(&theirs.workspace, &theirs.name)).path();
            replacing(view! {
                <section class="panel theirs" aria-labelledby="theirs-title">
                    <h2 id="theirs-title">"Stored now"</h2>
                    <p>"Saved by "<strong>{theirs.updated_by}</strong>" "<Time display_time=theirs.updated/>". Your version is in the form below."</p>
                    <dl>
                        <dt>"URL"</dt><dd>{theirs.url}</dd>
                        <dt>"Repository"</dt><dd>{theirs.repository}</dd>
                        {test_image.map(|image| view! { <dt>"Test image"</dt><dd>{image}</dd> })}
                        <dt>"Username"</dt><dd>{theirs.username.unwrap_or_else(|| "anonymous".to_owned())}</dd>
                    </dl>
                    {trust_panel(theirs.trust)}
                    <p>"Save again to replace theirs with yours, or "<a href=path rel="external">"discard yours and edit theirs"</a>"."</p>
                </section>
            })
        })
    }
}
