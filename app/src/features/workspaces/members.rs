//! Who may do what in a workspace.

use super::Member;
#[cfg(feature = "ssr")]
use super::port::Workspaces;
use super::roles::{parse_grant, role_options};
use crate::leptos_ext::SyncChildren;
use crate::local_path::local_path;
use crate::page::Page;
use crate::server_functions::{AppError, FormResponse, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{Checkbox, ErrorSummary, Field, MutationForm, SelectField, SubmitButton};
use domain::{Grant, Role, field_error};
use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::Json;

/// Gives a user a role in a workspace, in place of the one that they have there, or takes it away. `page` is the path to
/// return to.
#[server(prefix = "/ui", endpoint = "workspaces/role", output = Json)]
pub async fn set_workspace_role(
    #[server(default)] workspace: String,
    #[server(default)] user_name: String,
    #[server(default)] workspace_role: String,
    #[server(default)] workspace_read_credentials: String,
    #[server(default)] page: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let grant = parse_grant(&workspace_role, &workspace_read_credentials)
        .map_err(|error| AppError::Validation(vec![field_error("workspace_role", error)]))?;
    backend::<dyn Workspaces>()?.set_workspace_role(&actor()?, &workspace, &user_name, grant).await?;
    let message = match grant {
        Some(Grant { role, read_credentials }) => {
            let reads = if read_credentials { " and may read credentials" } else { "" };
            format!("{user_name} is {} in {workspace}{reads}.", with_article(role))
        }
        None => format!("{user_name} has no role of their own in {workspace}."),
    };
    FormResponse::redirect(local_path(&page)).with_flash(message).send()
}

fn with_article(role: Role) -> &'static str {
    match role {
        Role::Viewer => "a viewer",
        Role::Editor => "an editor",
        Role::Administrator => "an administrator",
    }
}

/// The members of a workspace, and the form that adds one.
pub(super) fn members_panel(workspace: &str, members: Vec<Member>) -> impl IntoView + use<> {
    let page = String::from(Page::Workspace(workspace.to_owned()));
    let list = if members.is_empty() {
        Either::Left(view! { <p>"Nobody has a role in this workspace alone."</p> })
    } else {
        let items = members.into_iter().map(|Member { user_name, grant, is_disabled }| {
            let label = format!("Remove the role of {user_name}");
            view! {
                <li>
                    <span><strong>{user_name.clone()}</strong>": "{grant.to_string()}{is_disabled.then_some(" (disabled)")}</span>
                    <RemoveRole user_name workspace=workspace.to_owned() page=page.clone() label/>
                </li>
            }
        });
        Either::Right(view! { <ul class="plain rows">{items.collect_view()}</ul> })
    };
    let name = workspace.to_owned();
    view! {
        <section class="panel" aria-labelledby="members-title">
            <h2 id="members-title">"Roles"</h2>
            <p class="hint">"Those with a role everywhere have it here, too."</p>
            {list}
            <RoleForm page=page.clone()>
                <input type="hidden" name="workspace" value=name/>
                <Field name="user_name" label="Username" required=true/>
            </RoleForm>
        </section>
    }
}

/// The form that gives a role in a workspace. Its children say to whom and where.
#[component]
pub(crate) fn RoleForm(page: String, children: SyncChildren) -> impl IntoView {
    view! {
        <MutationForm action=SetWorkspaceRole::PATH page class="form">
            <ErrorSummary/>
            {children.render()}
            <SelectField name="workspace_role" label="Role in the workspace" options=role_options() value=Role::Viewer.as_str()/>
            <ReadCredentials name="workspace_read_credentials"/>
            <p class="actions"><SubmitButton label="Give role" pending="Saving\u{2026}"/></p>
        </MutationForm>
    }
}

/// The box beside a role.
#[component]
pub(crate) fn ReadCredentials(name: &'static str, #[prop(optional)] ticked: bool) -> impl IntoView {
    view! {
        <Checkbox name label="May read stored credentials" ticked hint="No role includes this. Each reading is recorded."/>
    }
}

/// The button that takes a role away.
#[component]
pub(crate) fn RemoveRole(user_name: String, workspace: String, page: String, label: String) -> impl IntoView {
    view! {
        <MutationForm action=SetWorkspaceRole::PATH page>
            <input type="hidden" name="user_name" value=user_name/>
            <input type="hidden" name="workspace" value=workspace/>
            <input type="hidden" name="workspace_role" value=super::NO_ROLE/>
            <button type="submit" class="button small" aria-label=label>"Remove"</button>
        </MutationForm>
    }
}
