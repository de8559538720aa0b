//! Creating an image registry.

use super::form::{Connection, Stored};
use super::test_connection::{TestButton, TestResult};
use super::{ConnectionFields, CreateFields, LIST_PATH, details_path};
use crate::components::loaded;
use crate::form::{Done, ErrorSummary, Field, MutationForm, SubmitButton, Unexpected, Values, WorkspaceSelect};
use crate::json::Json;
use crate::navigation::{PageHeading, breadcrumbs};
use crate::refusal::Refusal;
use crate::source::Source;
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
    #[server(flatten)] unexpected: Unexpected,
) -> Result<Done, Refusal> {
    unexpected.refuse()?;
    let caution = connection.password_caution().map(|caution| format!(" {caution}")).unwrap_or_default();
    let fields = CreateFields { name, workspace, connection };
    let created = crate::port::backend()?.create_registry(&crate::port::actor()?, fields).await?;
    Ok(Done::at(details_path(&created.workspace, &created.name))
        .saying(format!("Created {}/{}.{caution}", created.workspace, created.name)))
}

/// The page. `?workspace=…` chooses one to begin with.
#[component]
pub(crate) fn CreatePage() -> impl IntoView {
    let address = use_query_map();
    let wanted = move || {
        address.with_untracked(|address| address.get("workspace")).unwrap_or_else(|| DEFAULT_WORKSPACE.to_owned())
    };
    let workspaces = Source::of::<ListWorkspaces>(String::new);
    let check =
        Callback::new(|values: Values| said_in_browser(CreateFields::of(&values).read().err().unwrap_or_default()));
    view! {
        {breadcrumbs(vec![super::above()], "Create".to_owned())}
        <PageHeading title="Create image registry"/>
        {loaded(
            workspaces,
            move |workspaces| {
                let all = workspaces.turner.pages() == 1;
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
