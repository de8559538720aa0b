//! The log-in page.

use super::LogInFields;
#[cfg(feature = "ssr")]
use super::port::Accounts;
use crate::leptos_ext::{current_location, page_query};
use crate::local_path::local_path;
use crate::page::Page;
use crate::page_context::page_context;
use crate::server_functions::{AppError, FormResponse, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{SessionChange, backend, change_session, visitor};
use crate::ui::{ErrorSummary, Field, FieldKind, Icon, MutationForm, PageHeading, SubmitButton};
use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::Json;

/// Logs in and returns to the page that required it.
#[server(prefix = "/ui", endpoint = "login", output = Json)]
pub async fn log_in(
    #[server(flatten)] fields: LogInFields,
    #[server(default)] next: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let token = backend::<dyn Accounts>()?.log_in(&visitor(), &fields).await;
    change_session(SessionChange::Begin(token.map_err(AppError::with_retry_after)?))?;
    FormResponse::redirect(local_path(&next)).with_full_reload().send()
}

#[component]
pub(crate) fn LoginPage() -> impl IntoView {
    let address = page_query();
    let next = move || address.with(|address| address.get("next").unwrap_or_default());
    let page_context = page_context();
    if page_context.returned.is_some_and(|returned| returned.answer == Err(AppError::Unauthenticated)) {
        return Either::Left(session_ended());
    }
    Either::Right(view! {
        <div class="door">
            <p class="brand"><Icon name="mark"/>"Portolan"</p>
            <PageHeading title="Log in"/>
            {page_context.awaits_setup.then(|| view! {
                <p class="notice warning"><Icon name="warning"/>"There is no administrator yet. Open the setup link that the server printed when it started."</p>
            })}
            <MutationForm action=LogIn::PATH page=current_location() class="form">
                <ErrorSummary/>
                <input type="hidden" name="next" value=next/>
                <Field name="user_name" label="Username" required=true autocomplete="username" autofocus=true/>
                <Field name="password" label="Password" kind=FieldKind::Password required=true autocomplete="current-password"/>
                <p class="actions"><SubmitButton label="Log in" pending="Logging in\u{2026}"/></p>
            </MutationForm>
        </div>
    })
}

/// The answer to a plain form after the session has ended. This page is at the address of the form, without script or
/// fields of its own: the browser still has what was typed, and sends it again on reload.
fn session_ended() -> impl IntoView {
    view! {
        <div class="door">
            <p class="brand"><Icon name="mark"/>"Portolan"</p>
            <PageHeading title="Log in"/>
            <div class="notice error" role="alert" tabindex="-1" autofocus>
                <p><strong>{AppError::Unauthenticated.to_string()}</strong></p>
                <p><a href=Page::LogIn.path() target="_blank">"Log in in another tab"</a>", then reload this page: your browser sends the form again."</p>
            </div>
        </div>
    }
}
