//! Changing an image registry.

use super::details::{ImageRegistry, query};
use super::form::{Connection, Stored};
use super::test_connection::{TestButton, TestResult};
use super::trust::trust_panel;
use super::{ConnectionFields, Details, EditFields, details_path};
use crate::components::{Time, loaded, whole};
use crate::domain::said_in_browser;
use crate::form::{Done, ErrorSummary, FormState, MutationForm, SubmitButton, Unexpected, Values};
use crate::json::Json;
use crate::navigation::{PageHeading, breadcrumbs};
use crate::page::RegistryName;
use crate::refusal::Refusal;
use crate::source::Source;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Changes an image registry, unless someone else did in the meantime.
#[server(prefix = "/ui", endpoint = "image-registries/update", output = Json)]
pub async fn update_image_registry(
    #[server(default)] registry: String,
    #[server(default)] based_on: String,
    #[server(default)] remove_credentials: String,
    #[server(flatten)] connection: ConnectionFields,
    #[server(flatten)] unexpected: Unexpected,
) -> Result<Done, Refusal> {
    unexpected.refuse()?;
    let caution = connection.password_caution().map(|caution| format!(" {caution}")).unwrap_or_default();
    let fields = EditFields { registry, based_on, connection, remove_credentials };
    let updated = crate::port::backend()?.update_registry(&crate::port::actor()?, fields).await?;
    Ok(Done::at(details_path(&updated.workspace, &updated.name))
        .saying(format!("Saved {}/{}.{caution}", updated.workspace, updated.name)))
}

/// The page.
#[component]
pub(crate) fn EditPage(registry: RegistryName) -> impl IntoView {
    let details = Source::of::<ImageRegistry>(query(&registry));
    view! {
        {breadcrumbs(
            vec![super::above(), (details_path(&registry.workspace, &registry.name), registry.name.clone())],
            "Edit".to_owned(),
        )}
        <PageHeading title=format!("Edit {}", registry.name)/>
        {loaded(details, edit_form)}
    }
}

fn edit_form(details: Details) -> impl IntoView {
    let path = details_path(&details.workspace, &details.name);
    let stored = StoredValue::new(details.clone());
    let check = Callback::new(move |values: Values| {
        stored.with_value(|stored| said_in_browser(EditFields::of(&values).read(stored).err().unwrap_or_default()))
    });
    let in_form = Stored {
        url: details.url,
        repository: details.repository,
        test_image: details.test_image,
        username: details.username,
        trust: details.trust,
    };
    view! {
        <MutationForm action=UpdateImageRegistry::PATH page=format!("{path}/edit") class="form" check guarded=true>
            <ErrorSummary/>
            <Theirs/>
            <input type="hidden" name="registry" value=details.id/>
            <BasedOn version=details.version/>
            <fieldset class="panel">
                <legend>"Basic Information"</legend>
                <dl>
                    <dt>"Name"</dt><dd>{details.name}</dd>
                    <dt>"Workspace"</dt><dd>{details.workspace}</dd>
                </dl>
                <p class="hint">"Name and workspace cannot be changed."</p>
            </fieldset>
            <Connection stored=in_form/>
            <TestResult/>
            <p class="actions">
                <SubmitButton label="Save" pending="Saving\u{2026}"/>
                <TestButton action=UpdateImageRegistry::PATH/>
                <a class="button" href=path>"Cancel"</a>
            </p>
        </MutationForm>
    }
}

/// The version that the form is based on. Once the person has been shown what someone else saved, saving
/// again is based on that.
#[component]
fn BasedOn(version: i64) -> impl IntoView {
    let state = expect_context::<FormState>();
    let refusal = state.refusal;
    // A plain form that comes back keeps the version it was made from, even if a newer one is stored.
    let version = state.value_or("based_on", version.to_string());
    let version = move || {
        refusal.with(|refusal| match refusal {
            Some(Refusal::Stale(theirs)) => theirs.version.to_string(),
            _ => version.clone(),
        })
    };
    view! { <input type="hidden" name="based_on" value=version/> }
}

/// What someone else saved, beside what stands in the form.
#[component]
fn Theirs() -> impl IntoView {
    let refusal = expect_context::<FormState>().refusal;
    let theirs = move || match refusal.get() {
        Some(Refusal::Stale(theirs)) => Some(theirs),
        _ => None,
    };
    move || {
        theirs().map(|theirs| {
            let test_image = Some(theirs.test_image).filter(|image| !image.is_empty());
            let path = format!("{}/edit", details_path(&theirs.workspace, &theirs.name));
            whole(view! {
                <section class="panel theirs" aria-labelledby="theirs-title">
                    <h2 id="theirs-title">"Stored now"</h2>
                    <p>"Saved by "<strong>{theirs.updated_by}</strong>" "<Time moment=theirs.updated/>". Your version is in the form below."</p>
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
