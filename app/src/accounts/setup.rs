//! The first administrator.

use super::password_problem;
use crate::components::{Icon, loaded};
use crate::domain::{NameError, Problem, Secret, is_padded, problem};
use crate::form::{Done, ErrorSummary, Field, FieldKind, MutationForm, SubmitButton, Unexpected, Values};
use crate::json::Json;
use crate::navigation::PageHeading;
use crate::refusal::Refusal;
use crate::source::{Source, escaped};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::GetUrl;
use leptos_router::hooks::use_query_map;

/// The longest user name, in characters.
const MAX_USER_NAME_CHARS: usize = 64;

/// Whether this is the one-time link.
#[server(prefix = "/ui", endpoint = "setup/check", input = GetUrl, output = Json)]
pub async fn may_set_up(token: String) -> Result<(), Refusal> {
    crate::port::backend()?.may_set_up(&Secret::new(token)).await
}

/// Makes the first administrator and logs them in.
#[server(prefix = "/ui", endpoint = "setup", output = Json)]
pub async fn set_up(
    #[server(default)] token: String,
    #[server(default)] user_name: String,
    #[server(default)] new_password: String,
    #[server(default)] repeated_password: String,
    #[server(flatten)] unexpected: Unexpected,
) -> Result<Done, Refusal> {
    unexpected.refuse()?;
    let (password, repeated) = (Secret::new(new_password), Secret::new(repeated_password));
    let problems = problems(&user_name, &password, &repeated);
    if !problems.is_empty() {
        return Err(Refusal::Invalid(problems));
    }
    super::admit(crate::port::backend()?.set_up(&Secret::new(token), &user_name, &password).await?)?;
    Ok(Done::at("/image-registries").saying(format!("Welcome, {user_name}.")).as_someone_else())
}

fn problems(user_name: &str, password: &Secret, repeated: &Secret) -> Vec<Problem> {
    let name = if user_name.trim().is_empty() {
        Some(problem("user_name", "Enter the name you want to log in with."))
    } else if is_padded(user_name) {
        Some(problem("user_name", NameError::Padded))
    } else if user_name.chars().count() > MAX_USER_NAME_CHARS || user_name.chars().any(char::is_control) {
        Some(problem("user_name", "Use 64 characters or fewer, and no control characters."))
    } else {
        None
    };
    name.into_iter().chain(password_problem(user_name, password, repeated)).collect()
}

/// The page. There is no such page once there is an administrator.
#[component]
pub(crate) fn SetupPage() -> impl IntoView {
    let address = use_query_map();
    let token = Memo::new(move |_| address.with(|address| address.get("token").unwrap_or_default()));
    let allowed = Source::of::<MaySetUp>(move || token.with(|token| format!("token={}", escaped(token))));
    let check = Callback::new(|values: Values| {
        let secret = |name| Secret::new(values.get(name));
        problems(values.get("user_name"), &secret("new_password"), &secret("repeated_password"))
    });
    view! {
        <div class="door">
            <p class="brand"><Icon name="mark"/>"Portolan"</p>
            <PageHeading title="Set up"/>
            {loaded(
                allowed,
                move |()| view! {
                    <p class="lead">"Make the first administrator. This page can be used once."</p>
                    <MutationForm action=SetUp::PATH page=format!("/setup?token={}", token.get_untracked()) class="form" check>
                        <ErrorSummary/>
                        <input type="hidden" name="token" value=token.get_untracked()/>
                        <Field name="user_name" label="User name" required=true autocomplete="username" autofocus=true/>
                        <Field name="new_password" label="Password" kind=FieldKind::Password required=true autocomplete="new-password" hint="12 characters or more: a few words are easy to keep in mind."/>
                        <Field name="repeated_password" label="Password, once more" kind=FieldKind::Password required=true autocomplete="new-password"/>
                        <p class="actions"><SubmitButton label="Create administrator" pending="Creating\u{2026}"/></p>
                    </MutationForm>
                },
            )}
        </div>
    }
}
