//! The page of one user.

use super::link::{CreatePasswordLink, NewLink, WithdrawPasswordLink};
#[cfg(feature = "ssr")]
use super::port::Users;
use super::{UserDetails, UserState, WorkspaceRole};
use crate::features::workspaces::{
    DEFAULT_WORKSPACE, NO_ROLE, ReadCredentials, RemoveRole, RoleForm, WorkspaceSelect, parse_grant, role_options,
};
use crate::leptos_ext::{SyncChildren, refetching_resource};
use crate::local_path::local_path;
use crate::page::{Page, percent_decoded, percent_encoded};
use crate::server_functions::{AppError, FormResponse, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{ErrorSummary, Icon, MutationForm, PageHeading, SelectField, SubmitButton, Time, breadcrumbs, suspend};
use domain::field_error;
use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::{GetUrl, Json};

/// The user with this name.
#[server(prefix = "/ui", endpoint = "users/details", input = GetUrl, output = Json)]
pub async fn user(name: String) -> Result<UserDetails, AppError> {
    backend::<dyn Users>()?.user(&actor()?, &name).await
}

/// Changes what a user may do everywhere.
#[server(prefix = "/ui", endpoint = "users/role", output = Json)]
pub async fn set_user_role(
    #[server(default)] user: String,
    #[server(default)] role: String,
    #[server(default)] read_credentials: String,
    #[server(default)] page: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let grant = parse_grant(&role, &read_credentials)
        .map_err(|error| AppError::Validation(vec![field_error("role", error)]))?;
    backend::<dyn Users>()?.set_user_role(&actor()?, &user, grant).await?;
    // The signed-in person may have changed their own.
    FormResponse::redirect(local_path(&page)).with_flash("Role saved.").with_full_reload().send()
}

/// Ends all sessions of a user and keeps them from logging in, or allows it again.
#[server(prefix = "/ui", endpoint = "users/disabled", output = Json)]
pub async fn set_user_disabled(
    #[server(default)] user: String,
    /// `yes` or `no`.
    #[server(default)]
    disabled: String,
    #[server(default)] page: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let disabled = match disabled.as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(AppError::BadRequest("disabled can be yes or no.".to_owned())),
    };
    backend::<dyn Users>()?.set_user_disabled(&actor()?, &user, disabled).await?;
    let message = if disabled { "Disabled. All sessions were ended." } else { "Enabled." };
    FormResponse::redirect(local_path(&page)).with_flash(message).send()
}

/// The query string for the user with this name.
pub(super) fn query(name: &str) -> impl Fn() -> String + use<> {
    let query = format!("name={}", percent_encoded(name));
    move || query.clone()
}

#[component]
pub(crate) fn UserPage(name: String) -> impl IntoView {
    let name = percent_decoded(&name);
    let details = refetching_resource::<User>(query(&name));
    view! {
        {breadcrumbs(vec![super::list_above()], name.clone())}
        <PageHeading title=name/>
        {suspend(details, details_view)}
    }
}

fn details_view(details: UserDetails) -> impl IntoView {
    let UserDetails { user, roles, password_changed, link_expires, workspaces, is_self } = details;
    let (page, id) = (String::from(Page::user(&user.name)), user.id.clone());
    let password = match password_changed {
        Some(display_time) => Either::Left(view! { "Set "<Time display_time/> }),
        None => Either::Right("Not set yet"),
    };
    let link =
        link_expires.map(|expires| view! { <dt>"Link"</dt><dd>{format!("Works once, until {}", expires.exact)}</dd> });
    let withdraw = link.is_some().then(|| {
        view! {
            <UserForm id=id.clone() page=page.clone() action=WithdrawPasswordLink::PATH>
                <button type="submit" class="button">"Withdraw the link"</button>
            </UserForm>
        }
    });
    let disabled = user.state == UserState::Disabled;
    let (label, icon) = if disabled { ("Enable", "check") } else { ("Disable", "leave") };
    let disable = view! {
        <UserForm id=id.clone() page=page.clone() action=SetUserDisabled::PATH>
            <input type="hidden" name="disabled" value=if disabled { "no" } else { "yes" }/>
            <button type="submit" class="button"><Icon name=icon/>{label}</button>
        </UserForm>
    };
    let link_label = match user.state {
        UserState::Invited => "New invitation link",
        UserState::Active | UserState::Disabled => "New password link",
    };
    let role = view! {
        <UserForm id=id.clone() page=page.clone() action=SetUserRole::PATH>
            <SelectField name="role" label="Role" options=role_options() value=user.grant.map_or(NO_ROLE, |grant| grant.role.as_str())/>
            <ReadCredentials name="read_credentials" ticked=user.grant.is_some_and(|grant| grant.read_credentials)/>
            <p class="actions"><SubmitButton label="Save" pending="Saving\u{2026}"/></p>
        </UserForm>
    };
    view! {
        <div class="heading-actions"><a class="button" href=Page::DeleteUser(percent_encoded(&user.name)).path()><Icon name="delete"/>"Delete\u{2026}"</a></div>
        <div class="panels">
        <section class="panel" aria-labelledby="access-title">
            <h2 id="access-title">"Access"</h2>
            <dl>
                <dt>"State"</dt><dd>{user.state.as_str()}{is_self.then_some(" \u{2014} this is you")}</dd>
                <dt>"Password"</dt><dd>{password}</dd>
                {link}
                <dt>"Created"</dt><dd><Time display_time=user.created/></dd>
            </dl>
            <UserForm id=id.clone() page=page.clone() action=CreatePasswordLink::PATH>
                <NewLink/>
                <p class="actions"><SubmitButton label=link_label pending="Creating\u{2026}"/></p>
            </UserForm>
            <div class="actions">{withdraw}{disable}</div>
        </section>
        <section class="panel" aria-labelledby="role-title">
            <h2 id="role-title">"Role everywhere"</h2>
            {role}
        </section>
        <section class="panel" aria-labelledby="roles-title">
            <h2 id="roles-title">"Roles in workspaces"</h2>
            {workspace_roles(&user.name, roles, &page)}
            <RoleForm page=page.clone()>
                <input type="hidden" name="user_name" value=user.name.clone()/>
                <WorkspaceSelect names=workspaces.clone() chosen=DEFAULT_WORKSPACE/>
            </RoleForm>
        </section>
        </div>
    }
}

/// A form about this user.
#[component]
fn UserForm(id: String, page: String, action: &'static str, children: SyncChildren) -> impl IntoView {
    view! {
        <MutationForm action page class="form">
            <ErrorSummary/>
            <input type="hidden" name="user" value=id/>
            {children.render()}
        </MutationForm>
    }
}

fn workspace_roles(user_name: &str, roles: Vec<WorkspaceRole>, page: &str) -> impl IntoView + use<> {
    if roles.is_empty() {
        return Either::Left(view! { <p>"None."</p> });
    }
    let items = roles.into_iter().map(|WorkspaceRole { workspace, grant }| {
        let label = format!("Remove the role in {workspace}");
        view! {
            <li>
                <span><a href=Page::Workspace(workspace.clone()).path()>{workspace.clone()}</a>": "{grant.to_string()}</span>
                <RemoveRole user_name=user_name.to_owned() workspace page=page.to_owned() label/>
            </li>
        }
    });
    Either::Right(view! { <ul class="plain rows">{items.collect_view()}</ul> })
}
