//! The page behind a one-time link, where a person sets a password.

use super::NewPassword;
#[cfg(feature = "ssr")]
use super::port::Users;
use crate::features::accounts::NewPasswordFields;
use crate::leptos_ext::{page_query, resource};
use crate::page::{Page, percent_encoded};
use crate::server_functions::{AppError, FormResponse, FormValues, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{SessionChange, backend, change_session, visitor};
use crate::ui::{ErrorSummary, Icon, MutationForm, PageHeading, SubmitButton, suspend};
use domain::Secret;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::{GetUrl, Json};

/// The name of the user whose password a link sets.
#[server(prefix = "/ui", endpoint = "set-password/check", input = GetUrl, output = Json)]
pub async fn password_link_user(token: String) -> Result<String, AppError> {
    backend::<dyn Users>()?.password_link_user(&Secret::new(token)).await
}

/// Sets the password and logs in.
#[server(prefix = "/ui", endpoint = "set-password", output = Json)]
pub async fn set_password(
    #[server(flatten)] fields: NewPassword,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let token = backend::<dyn Users>()?.set_password(&visitor(), &fields).await?;
    change_session(SessionChange::Begin(token))?;
    FormResponse::redirect(Page::Registries)
        .with_flash("Your password is set. You are logged in.")
        .with_full_reload()
        .send()
}

#[component]
pub(crate) fn SetPasswordPage() -> impl IntoView {
    let address = page_query();
    let token = Memo::new(move |_| address.with(|address| address.get("token").unwrap_or_default()));
    let user_name =
        resource::<PasswordLinkUser>(move || token.with(|token| format!("token={}", percent_encoded(token))));
    view! {
        <div class="door">
            <p class="brand"><Icon name="mark"/>"Portolan"</p>
            <PageHeading title="Set your password"/>
            {suspend(
                user_name,
                move |user_name| {
                    let (name, log_in_name) = (user_name.clone(), user_name.clone());
                    let check = Callback::new(move |values: FormValues| NewPassword::of(&values).field_errors(&log_in_name));
                    view! {
                        <p class="lead">"You log in as "<strong>{user_name}</strong>". This link works once."</p>
                        <MutationForm action=SetPassword::PATH page=Page::SetPassword.with_query("token", &token.get_untracked()) class="form" check>
                            <ErrorSummary/>
                            <input type="hidden" name="token" value=token.get_untracked()/>
                            <NewPasswordFields label="Password" repeated="Confirm password" user_name=name autofocus=true/>
                            <p class="actions"><SubmitButton label="Set password" pending="Saving\u{2026}"/></p>
                        </MutationForm>
                    }
                },
            )}
        </div>
    }
}
