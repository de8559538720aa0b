//! Creating an image registry.

use super::form::{ConnectionSection, Stored};
#[cfg(feature = "ssr")]
use super::port::ImageRegistries;
use super::test_connection::{TestButton, TestResult};
use super::{BasicFields, ConnectionFields, CreateFields};
use crate::features::workspaces::{DEFAULT_WORKSPACE, ListWorkspaces, WorkspaceSelect};
use crate::leptos_ext::{page_query, resource};
use crate::page::{Page, RegistryName};
use crate::server_functions::{AppError, FormResponse, FormValues, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{ErrorSummary, Field, MutationForm, PageHeading, SubmitButton, breadcrumbs, suspend};
use domain::{Labels, errors_for_browser};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::Json;

/// Creates an image registry.
#[server(prefix = "/ui", endpoint = "image-registries/create", output = Json)]
pub async fn create_image_registry(
    #[server(flatten)] basic: BasicFields,
    #[server(flatten)] connection: ConnectionFields,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let warning = connection.password_warning().map(|warning| format!(" {warning}")).unwrap_or_default();
    let fields = CreateFields { basic, connection, labels: Labels::default() };
    let created = backend::<dyn ImageRegistries>()?.create_registry(&actor()?, fields).await?;
    FormResponse::redirect(Page::Registry(RegistryName::new(&created.workspace, &created.name)))
        .with_flash(format!("Created {}/{}.{warning}", created.workspace, created.name))
        .send()
}

/// `?workspace=…` preselects a workspace.
#[component]
pub(crate) fn CreatePage() -> impl IntoView {
    let address = page_query();
    let wanted = move || {
        address.with_untracked(|address| address.get("workspace")).unwrap_or_else(|| DEFAULT_WORKSPACE.to_owned())
    };
    let workspaces = resource::<ListWorkspaces>(|| "to_create=true".to_owned());
    let check = Callback::new(|values: FormValues| {
        errors_for_browser(CreateFields::of(&values).validate().err().unwrap_or_default())
    });
    view! {
        {breadcrumbs(vec![super::list_above()], "Create".to_owned())}
        <PageHeading title="Create image registry"/>
        {suspend(
            workspaces,
            move |workspaces| {
                view! {
                    <MutationForm action=CreateImageRegistry::PATH page=String::from(Page::CreateRegistry) class="form" check guarded=true>
                        <ErrorSummary/>
                        <fieldset class="panel">
                            <legend>"Basic Information"</legend>
                            <Field name="name" label="Name" required=true autofocus=true hint="Lowercase letters, digits, hyphens and dots. It cannot be changed later."/>
                            <WorkspaceSelect names=workspaces.all_names() chosen=wanted()/>
                        </fieldset>
                        <ConnectionSection stored=Stored::default()/>
                        <TestResult/>
                        <p class="actions">
                            <SubmitButton label="Save" pending="Saving\u{2026}"/>
                            <TestButton action=CreateImageRegistry::PATH/>
                            <a class="button" href=Page::Registries.path()>"Cancel"</a>
                        </p>
                    </MutationForm>
                }
            },
        )}
    }
}
