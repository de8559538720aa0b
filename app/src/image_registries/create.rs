//! Creating an image registry.

use super::form::{Connection, Stored};
use super::test_connection::{TestButton, TestResult};
use super::{ConnectionFields, CreateFields, LIST_PATH, details_path};
use crate::components::suspend;
use crate::error::AppError;
use crate::form::{
    ErrorSummary, Field, FormResponse, FormValues, MutationForm, SubmitButton, UnknownFields, WorkspaceSelect,
};
use crate::json::Json;
use crate::navigation::{PageHeading, breadcrumbs};
use crate::server_query::ServerQuery;
use crate::workspaces::{DEFAULT_WORKSPACE, ListWorkspaces};
use domain::said_in_browser;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;

/// Creates an image registry.
#[server(prefix = "/ui", endpoint = "image-registries/create", output = Json)]
pub async fn create_image_registry(
    #[server(default)] name: String,
    #[server(default)] workspace: String,
    #[server(flatten)] connection: ConnectionFields,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let warning = connection.password_warning().map(|warning| format!(" {warning}")).unwrap_or_default();
    let fields = CreateFields { name, workspace, connection };
    let created = crate::port::backend()?.create_registry(&crate::port::actor()?, fields).await?;
    FormResponse::redirect(details_path(&created.workspace, &created.name))
        .with_flash(format!("Created {}/{}.{warning}", created.workspace, created.name))
        .send()
}

/// The page. `?workspace=…` chooses one to begin with.
#[component]
pub(crate) fn CreatePage() -> impl IntoView {
    let address = use_query_map();
    let wanted = move || {
        address.with_untracked(|address| address.get("workspace")).unwrap_or_else(|| DEFAULT_WORKSPACE.to_owned())
    };
    let workspaces = ServerQuery::new::<ListWorkspaces>(String::new);
    let check =
        Callback::new(|values: FormValues| said_in_browser(CreateFields::of(&values).read().err().unwrap_or_default()));
    view! {
        {breadcrumbs(vec![super::above()], "Create".to_owned())}
        <PageHeading title="Create image registry"/>
        {suspend(
            workspaces,
            move |workspaces| {
                let all = workspaces.page_info.pages() == 1;
                let names = all.then(|| workspaces.rows.into_iter().map(|workspace| workspace.name).collect());
                view! {
                    <MutationForm action=CreateImageRegistry::PATH page="/image-registries/create" class="form" check guarded=true>
                        <ErrorSummary/>
                        <fieldset class="panel">
                            <legend>"Basic Information"</legend>
                            <Field name="name" label="Name" required=true autofocus=true hint="Lowercase letters, digits, hyphens and dots. It cannot be changed later."/>
                            <WorkspaceSelect names chosen=wanted()/>
                        </fieldset>
                        <Connection stored=Stored::default()/>
                        <TestResult/>
                        <p class="actions">
                            <SubmitButton label="Save" pending="Saving\u{2026}"/>
                            <TestButton action=CreateImageRegistry::PATH/>
                            <a class="button" href=LIST_PATH>"Cancel"</a>
                        </p>
                    </MutationForm>
                }
            },
        )}
    }
}
