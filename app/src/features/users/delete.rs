//! Deleting a user.

use super::UserDetails;
use super::details::{User, query};
#[cfg(feature = "ssr")]
use super::port::Users;
use crate::leptos_ext::resource;
use crate::page::{Page, percent_decoded, percent_encoded};
use crate::server_functions::{AppError, FormResponse, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{ErrorSummary, Icon, MutationForm, PageHeading, SubmitButton, breadcrumbs, suspend};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::Json;

/// Deletes a user, and ends all their sessions.
#[server(prefix = "/ui", endpoint = "users/delete", output = Json)]
pub async fn delete_user(
    #[server(default)] user: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let name = backend::<dyn Users>()?.delete_user(&actor()?, &user).await?;
    FormResponse::redirect(Page::Users).with_flash(format!("Deleted user {name}.")).send()
}

#[component]
pub(crate) fn UserDeletePage(name: String) -> impl IntoView {
    let name = percent_decoded(&name);
    let details = resource::<User>(query(&name));
    view! {
        {breadcrumbs(vec![super::list_above(), (Page::user(&name), name.clone())], "Delete".to_owned())}
        <PageHeading title=format!("Delete user {name}")/>
        {suspend(details, confirmation)}
    }
}

fn confirmation(UserDetails { user, is_self, .. }: UserDetails) -> impl IntoView {
    let back = Page::user(&user.name);
    view! {
        {is_self.then(|| view! { <p>"This is your own account: you will be logged out."</p> })}
        <p class="notice warning"><Icon name="warning"/>"This is permanent. Image registries that this person created or changed stay. To keep the name in use, disable the user instead."</p>
        <MutationForm action=DeleteUser::PATH page=String::from(Page::DeleteUser(percent_encoded(&user.name)))>
            <ErrorSummary/>
            <input type="hidden" name="user" value=user.id/>
            <p class="actions">
                <a class="button" href=back.path() autofocus>"Cancel"</a>
                <SubmitButton label="Delete" pending="Deleting\u{2026}" danger=true icon="delete"/>
            </p>
        </MutationForm>
    }
}
