//! Making a token.

use super::fields::{ALL_WORKSPACES, DEFAULT_DAYS};
#[cfg(feature = "ssr")]
use super::port::Tokens;
use super::{CreatedToken, TokenFields};
use crate::features::workspaces::{ReadCredentials, WorkspaceList};
use crate::leptos_ext::replacing;
use crate::page::Page;
use crate::server_functions::{AppError, FormResponse, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{Checkbox, CopyButton, ErrorSummary, Field, FormState, MutationForm, SelectField, SubmitButton};
use domain::Role;
use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::Json;

/// Makes a token. The answer is the only one that shows it.
#[server(prefix = "/ui", endpoint = "tokens/create", output = Json)]
pub async fn create_token(
    #[server(flatten)] fields: TokenFields,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let created = backend::<dyn Tokens>()?.create_token(&actor()?, &fields).await?;
    let message = format!("Created the token {}.", created.row.name);
    FormResponse::stay_with(&created).on(Page::Tokens).with_flash(message).send()
}

#[component]
pub(super) fn CreateForm(workspaces: WorkspaceList) -> impl IntoView {
    view! {
        <section class="panel below" aria-labelledby="create-title">
            <h2 id="create-title">"Create a token"</h2>
            <MutationForm action=CreateToken::PATH page=String::from(Page::Tokens) class="form">
                <ErrorSummary/>
                <Field name="token_name" label="Name" required=true hint="Who or what uses it, such as node-pool-a"/>
                <WorkspaceField workspaces=workspaces.all_names()/>
                <Checkbox name="belongs_to_workspace" label="It belongs to the workspace" hint="It keeps working when you no longer have access. Takes an administrator of the workspace."/>
                <SelectField name="role" label="Role" options=Role::ALL.map(|role| role.as_str().to_owned()).to_vec() value=Role::Viewer.as_str()/>
                <ReadCredentials name="read_credentials"/>
                <Field name="days" label="Valid for days" value=DEFAULT_DAYS required=true/>
                <NewToken/>
                <p class="actions"><SubmitButton label="Create" pending="Creating\u{2026}"/></p>
            </MutationForm>
        </section>
    }
}

/// The workspace that the token is good for. A drop-down list, or a text field if there are too many.
#[component]
fn WorkspaceField(workspaces: Option<Vec<String>>) -> impl IntoView {
    match workspaces {
        Some(names) => {
            let options = std::iter::once(ALL_WORKSPACES.to_owned()).chain(names).collect();
            Either::Left(view! { <SelectField name="workspace" label="Good for" options value=ALL_WORKSPACES/> })
        }
        None => Either::Right(
            view! { <Field name="workspace" label="Good for" hint="The name of a workspace; empty for all"/> },
        ),
    }
}

/// The token that the form was answered with. The region is always there, so that screen readers announce it.
#[component]
fn NewToken() -> impl IntoView {
    let state = expect_context::<FormState>();
    let returned = state.is_returned();
    let token = move || {
        state.result.get().and_then(|result| result.read::<CreatedToken>()).map(|created| {
            replacing(view! {
                <section class="panel inner" aria-labelledby="token-title" tabindex="-1" autofocus=returned>
                    <h3 id="token-title">{format!("Token {}", created.row.name)}</h3>
                    <p class="copyable"><code>{created.secret.clone()}</code><CopyButton text=created.secret what="token"/></p>
                    <p class="hint">"It is shown only now, and valid until "{created.row.expires.exact}". If it gets lost, revoke it and create another one."</p>
                </section>
            })
        })
    };
    view! { <div role="status">{token}</div> }
}
