//! Inviting a user.

use super::Invitation;
use super::link::NewLink;
#[cfg(feature = "ssr")]
use super::port::Users;
use crate::features::workspaces::{NO_ROLE, role_options};
use crate::page::Page;
use crate::server_functions::{AppError, FormResponse, FormValues, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend, origin};
use crate::ui::{ErrorSummary, Field, MutationForm, SelectField, SubmitButton};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::Json;

/// Creates a user, and the link with which the person sets a password.
#[server(prefix = "/ui", endpoint = "users/invite", output = Json)]
pub async fn invite_user(
    #[server(flatten)] fields: Invitation,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let link = backend::<dyn Users>()?.invite_user(&actor()?, &fields).await?;
    let invited = format!("Invited {}.", link.user_name);
    FormResponse::stay_with(&link.at(&origin())).on(Page::Users).with_flash(invited).send()
}

#[component]
pub(super) fn InviteForm() -> impl IntoView {
    let check = Callback::new(|values: FormValues| Invitation::of(&values).validate().err().unwrap_or_default());
    view! {
        <section class="panel if-administrator" aria-labelledby="invite-title">
            <h2 id="invite-title">"Invite a user"</h2>
            <MutationForm action=InviteUser::PATH page=String::from(Page::Users) class="form" check>
                <ErrorSummary/>
                <Field name="user_name" label="Username" required=true hint="Letters, digits and . _ - + @"/>
                <SelectField name="role" label="Role everywhere" options=role_options() value=NO_ROLE/>
                <p class="hint">"Viewers see image registries, without passwords. Editors also create, change, check and delete them. Administrators also decide who may do what. With None, give roles in workspaces afterwards."</p>
                <NewLink/>
                <p class="actions"><SubmitButton label="Invite" pending="Inviting\u{2026}"/></p>
            </MutationForm>
        </section>
    }
}
