//! Logging in.

use super::{LogInFields, local_path};
use crate::components::Icon;
use crate::form::{Done, ErrorSummary, Field, FieldKind, MutationForm, SubmitButton, Unexpected};
use crate::json::Json;
use crate::navigation::{PageHeading, here};
use crate::refusal::Refusal;
use crate::viewer::viewer;
use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;

/// Logs in and goes back to the page that asked.
#[server(prefix = "/ui", endpoint = "login", output = Json)]
pub async fn log_in(
    #[server(flatten)] fields: LogInFields,
    #[server(default)] next: String,
    #[server(flatten)] unexpected: Unexpected,
) -> Result<Done, Refusal> {
    unexpected.refuse()?;
    let admission = crate::port::backend()?.log_in(&crate::port::visitor(), &fields).await;
    super::admit(admission.map_err(Refusal::with_retry_after)?)?;
    Ok(Done::at(local_path(&next)).as_someone_else())
}

/// The page.
#[component]
pub(crate) fn LoginPage() -> impl IntoView {
    let address = use_query_map();
    let next = move || address.with(|address| address.get("next").unwrap_or_default());
    let viewer = viewer();
    if viewer.returned.is_some_and(|returned| returned.answer == Err(Refusal::SignedOut)) {
        return Either::Left(sent_too_late());
    }
    Either::Right(view! {
        <div class="door">
            <p class="brand"><Icon name="mark"/>"Portolan"</p>
            <PageHeading title="Log in"/>
            {viewer.awaits_setup.then(|| view! {
                <p class="notice warning"><Icon name="warning"/>"There is no administrator yet. Open the setup link that the server printed when it started."</p>
            })}
            <MutationForm action=LogIn::PATH page=here() class="form">
                <ErrorSummary/>
                <input type="hidden" name="next" value=next/>
                <Field name="user_name" label="Username" required=true autocomplete="username" autofocus=true/>
                <Field name="password" label="Password" kind=FieldKind::Password required=true autocomplete="current-password"/>
                <p class="actions"><SubmitButton label="Log in" pending="Logging in\u{2026}"/></p>
            </MutationForm>
        </div>
    })
}

/// What a plain form is answered with when the session has ended. The page stands at the address of the form, without
/// script and without fields of its own: the browser still holds what was typed, and sends it again when asked to.
fn sent_too_late() -> impl IntoView {
    view! {
        <div class="door">
            <p class="brand"><Icon name="mark"/>"Portolan"</p>
            <PageHeading title="Log in"/>
            <div class="notice error" role="alert" tabindex="-1" autofocus>
                <p><strong>{Refusal::SignedOut.to_string()}</strong></p>
                <p><a href="/login" target="_blank">"Log in in another tab"</a>", then reload this page: your browser sends the form again."</p>
            </div>
        </div>
    }
}
