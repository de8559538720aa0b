//! The signed-in person's own account.

#[cfg(feature = "ssr")]
use super::port::Accounts;
use super::sessions::SessionsSection;
use super::{NewPasswordFields, PasswordChange};
use crate::page::Page;
use crate::page_context::page_context;
use crate::server_functions::{AppError, FormResponse, FormValues, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{SessionChange, actor, backend, change_session};
use crate::ui::{ErrorSummary, Field, FieldKind, MutationForm, PageHeading, SubmitButton};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::Json;

/// Changes the signed-in person's password.
#[server(prefix = "/ui", endpoint = "account/password", output = Json)]
pub async fn change_password(
    #[server(flatten)] fields: PasswordChange,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let token = backend::<dyn Accounts>()?.change_password(&actor()?, &fields).await;
    change_session(SessionChange::Begin(token.map_err(AppError::with_retry_after)?))?;
    FormResponse::redirect(Page::Account)
        .with_flash("Password changed. All other sessions were logged out.")
        .with_full_reload()
        .send()
}

#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    let user_name = StoredValue::new(page_context().user_name.unwrap_or_default());
    let check = Callback::new(move |values: FormValues| {
        user_name.with_value(|user_name| PasswordChange::of(&values).field_errors(user_name))
    });
    view! {
        <PageHeading title="Account"/>
        <p class="lead">"You are logged in as "<strong>{user_name.get_value()}</strong>"."</p>
        <section class="panel" aria-labelledby="password-title">
            <h2 id="password-title">"Change password"</h2>
            <MutationForm action=ChangePassword::PATH page=String::from(Page::Account) class="form" check>
                <ErrorSummary/>
                <Field name="current_password" label="Current password" kind=FieldKind::Password required=true autocomplete="current-password"/>
                <NewPasswordFields label="New password" repeated="Confirm new password" user_name=user_name.get_value()/>
                <p class="actions"><SubmitButton label="Change password" pending="Changing\u{2026}"/></p>
            </MutationForm>
        </section>
        <SessionsSection/>
    }
}
