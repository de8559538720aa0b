//! The page that creates the first administrator.

#[cfg(feature = "ssr")]
use super::port::Accounts;
use super::{NewAccount, NewPasswordFields};
use crate::leptos_ext::{page_query, resource};
use crate::page::{Page, percent_encoded};
use crate::server_functions::{AppError, FormResponse, FormValues, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{SessionChange, backend, change_session, visitor};
use crate::ui::{ErrorSummary, Field, Icon, MutationForm, PageHeading, SubmitButton, suspend};
use domain::Secret;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::{GetUrl, Json};

/// Checks the token of the one-time link.
#[server(prefix = "/ui", endpoint = "setup/check", input = GetUrl, output = Json)]
pub async fn may_set_up(token: String) -> Result<(), AppError> {
    backend::<dyn Accounts>()?.may_set_up(&Secret::new(token)).await
}

/// Creates the first administrator and logs them in.
#[server(prefix = "/ui", endpoint = "setup", output = Json)]
pub async fn set_up(
    #[server(flatten)] fields: NewAccount,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let token = backend::<dyn Accounts>()?.set_up(&visitor(), &fields).await?;
    change_session(SessionChange::Begin(token))?;
    FormResponse::redirect(Page::Registries)
        .with_flash(format!("Welcome, {}.", fields.user_name))
        .with_full_reload()
        .send()
}

/// Shows an error once there is an administrator.
#[component]
pub(crate) fn SetupPage() -> impl IntoView {
    let address = page_query();
    let token = Memo::new(move |_| address.with(|address| address.get("token").unwrap_or_default()));
    let allowed = resource::<MaySetUp>(move || token.with(|token| format!("token={}", percent_encoded(token))));
    let check = Callback::new(|values: FormValues| NewAccount::of(&values).field_errors());
    view! {
        <div class="door">
            <p class="brand"><Icon name="mark"/>"Portolan"</p>
            <PageHeading title="Set up"/>
            {suspend(
                allowed,
                move |()| view! {
                    <p class="lead">"Create the first administrator account. This link works once."</p>
                    <MutationForm action=SetUp::PATH page=Page::SetUp.with_query("token", &token.get_untracked()) class="form" check>
                        <ErrorSummary/>
                        <input type="hidden" name="token" value=token.get_untracked()/>
                        <Field name="user_name" label="Username" required=true autocomplete="username" autofocus=true/>
                        <NewPasswordFields label="Password" repeated="Confirm password"/>
                        <p class="actions"><SubmitButton label="Create administrator" pending="Creating\u{2026}"/></p>
                    </MutationForm>
                },
            )}
        </div>
    }
}
