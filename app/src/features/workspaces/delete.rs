//! Deleting an empty workspace.

use super::details::{Workspace, query};
#[cfg(feature = "ssr")]
use super::port::Workspaces;
use super::{DEFAULT_WORKSPACE, WorkspaceDetails};
use crate::leptos_ext::resource;
use crate::page::Page;
use crate::server_functions::{AppError, FormResponse, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{ErrorSummary, Icon, MutationForm, PageHeading, SubmitButton, breadcrumbs, suspend};
use leptos::either::EitherOf3;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::Json;

/// Deletes a workspace that owns no image registries.
#[server(prefix = "/ui", endpoint = "workspaces/delete", output = Json)]
pub async fn delete_workspace(
    #[server(default)] workspace: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    backend::<dyn Workspaces>()?.delete_workspace(&actor()?, &workspace).await?;
    FormResponse::redirect(Page::Workspaces).with_flash(format!("Deleted workspace {workspace}.")).send()
}

#[component]
pub(crate) fn WorkspaceDeletePage(name: String) -> impl IntoView {
    let query = query(&name);
    let details = resource::<Workspace>(move || query() + "&to_delete=true");
    view! {
        {breadcrumbs(vec![super::list_above(), (Page::Workspace(name.clone()), name.clone())], "Delete".to_owned())}
        <PageHeading title=format!("Delete workspace {name}")/>
        {suspend(details, confirmation)}
    }
}

fn confirmation(details: WorkspaceDetails) -> impl IntoView {
    let name = details.summary.name.clone();
    let back = Page::Workspace(name.clone()).path();
    if name == DEFAULT_WORKSPACE {
        return EitherOf3::A(view! { <p>"The default workspace always exists. It cannot be deleted."</p> });
    }
    if details.summary.registries > 0 {
        return EitherOf3::B(view! {
            <p>{format!("{name} still owns {}. Delete them first.", details.summary.count())}</p>
            <p class="actions"><a class="button" href=Page::Registries.with_query("workspace", &name)>"Show them"</a><a class="button" href=back>"Cancel"</a></p>
        });
    }
    EitherOf3::C(view! {
        <p class="notice warning"><Icon name="warning"/>"This is permanent."</p>
        <MutationForm action=DeleteWorkspace::PATH page=String::from(Page::DeleteWorkspace(name.clone()))>
            <ErrorSummary/>
            <input type="hidden" name="workspace" value=name/>
            <p class="actions">
                <a class="button" href=back autofocus>"Cancel"</a>
                <SubmitButton label="Delete" pending="Deleting\u{2026}" danger=true icon="delete"/>
            </p>
        </MutationForm>
    })
}
