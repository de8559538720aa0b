//! The first administrator.

use super::NewAccount;
use crate::components::{Icon, loaded};
use crate::form::{Done, ErrorSummary, Field, FieldKind, MutationForm, SubmitButton, Unexpected, Values};
use crate::json::Json;
use crate::navigation::PageHeading;
use crate::refusal::Refusal;
use crate::source::{Source, escaped};
use domain::Secret;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::GetUrl;
use leptos_router::hooks::use_query_map;

/// Whether this is the one-time link.
#[server(prefix = "/ui", endpoint = "setup/check", input = GetUrl, output = Json)]
pub async fn may_set_up(token: String) -> Result<(), Refusal> {
    crate::port::backend()?.may_set_up(&Secret::new(token)).await
}

/// Makes the first administrator and logs them in.
#[server(prefix = "/ui", endpoint = "setup", output = Json)]
pub async fn set_up(
    #[server(flatten)] fields: NewAccount,
    #[server(flatten)] unexpected: Unexpected,
) -> Result<Done, Refusal> {
    unexpected.refuse()?;
    super::admit(crate::port::backend()?.set_up(&fields).await?)?;
    Ok(Done::at("/image-registries").saying(format!("Welcome, {}.", fields.user_name)).as_someone_else())
}

/// The page. There is no such page once there is an administrator.
#[component]
pub(crate) fn SetupPage() -> impl IntoView {
    let address = use_query_map();
    let token = Memo::new(move |_| address.with(|address| address.get("token").unwrap_or_default()));
    let allowed = Source::of::<MaySetUp>(move || token.with(|token| format!("token={}", escaped(token))));
    let check = Callback::new(|values: Values| NewAccount::of(&values).problems());
    view! {
        <div class="door">
            <p class="brand"><Icon name="mark"/>"Portolan"</p>
            <PageHeading title="Set up"/>
            {loaded(
                allowed,
                move |()| view! {
                    <p class="lead">"Create the first administrator account. This link works once."</p>
                    <MutationForm action=SetUp::PATH page=format!("/setup?token={}", token.get_untracked()) class="form" check>
                        <ErrorSummary/>
                        <input type="hidden" name="token" value=token.get_untracked()/>
                        <Field name="user_name" label="Username" required=true autocomplete="username" autofocus=true/>
                        <Field name="new_password" label="Password" kind=FieldKind::Password required=true autocomplete="new-password" hint="12 characters or more: a few words are easy to keep in mind."/>
                        <Field name="repeated_password" label="Confirm password" kind=FieldKind::Password required=true autocomplete="new-password"/>
                        <p class="actions"><SubmitButton label="Create administrator" pending="Creating\u{2026}"/></p>
                    </MutationForm>
                },
            )}
        </div>
    }
}
