//! The list of workspaces, with the form that creates one.

use super::WorkspaceList;
#[cfg(feature = "ssr")]
use super::port::Workspaces;
use crate::leptos_ext::{page_query, refetching_resource};
use crate::page::{Page, percent_encoded};
use crate::server_functions::{AppError, FormResponse, FormValues, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{ErrorSummary, Field, MutationForm, PageHeading, Pagination, SubmitButton, Time, suspend};
use domain::{Name, field_error};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::{GetUrl, Json};

/// One page of the list, the first by default. With `to_create`, only those in which the person may create image
/// registries; it is refused if there is none.
#[server(prefix = "/ui", endpoint = "workspaces/list", input = GetUrl, output = Json)]
pub async fn list_workspaces(
    #[server(default)] page: String,
    #[server(default)] to_create: bool,
) -> Result<WorkspaceList, AppError> {
    let backend = backend::<dyn Workspaces>()?;
    match to_create {
        true => backend.workspaces_to_create_in(&actor()?).await,
        false => backend.list_workspaces(&actor()?, page.parse().unwrap_or(1)).await,
    }
}

/// Creates a workspace.
#[server(prefix = "/ui", endpoint = "workspaces/create", output = Json)]
pub async fn create_workspace(
    #[server(default)] name: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let name = Name::parse(&name).map_err(|error| AppError::Validation(vec![field_error("name", error)]))?;
    backend::<dyn Workspaces>()?.create_workspace(&actor()?, &name).await?;
    FormResponse::redirect(Page::Workspace(name.to_string())).with_flash(format!("Created workspace {name}.")).send()
}

#[component]
pub(crate) fn WorkspacesPage() -> impl IntoView {
    let address = page_query();
    let page = Memo::new(move |_| address.with(|address| address.get("page").unwrap_or_default()));
    let workspaces = refetching_resource::<ListWorkspaces>(move || format!("page={}", percent_encoded(&page.get())));
    let check = Callback::new(|values: FormValues| {
        Name::parse(values.get("name")).err().map(|error| vec![field_error("name", error)]).unwrap_or_default()
    });
    view! {
        <PageHeading title="Workspaces"/>
        <p class="lead">"Workspaces group image registries. Registry names are unique within a workspace."</p>
        {suspend(workspaces, table)}
        <section class="panel if-administrator" aria-labelledby="create-title">
            <h2 id="create-title">"Create a workspace"</h2>
            <MutationForm action=CreateWorkspace::PATH page=String::from(Page::Workspaces) class="form" check guarded=true>
                <ErrorSummary/>
                <Field name="name" label="Name" required=true hint="Lowercase letters, digits, hyphens and dots."/>
                <p class="actions"><SubmitButton label="Create" pending="Creating\u{2026}"/></p>
            </MutationForm>
        </section>
    }
}

fn table(list: WorkspaceList) -> impl IntoView {
    let page_info = list.page_info;
    let pages = (page_info.pages() > 1).then(
        || view! { <div class="footer"><Pagination page_info href=|page| Page::Workspaces.with_query("page", &page.to_string())/></div> },
    );
    let rows = list.rows.into_iter().map(|workspace| {
        view! {
            <tr>
                <th scope="row"><a href=Page::Workspace(workspace.name.clone()).path()>{workspace.name.clone()}</a></th>
                <td>{workspace.count()}</td>
                <td><Time display_time=workspace.created/></td>
            </tr>
        }
    });
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label="Workspaces, scrollable">
            <table>
                <caption class="visually-hidden">"Workspaces"</caption>
                <thead><tr><th scope="col">"Name"</th><th scope="col">"Owns"</th><th scope="col">"Created"</th></tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        {pages}
    }
}
