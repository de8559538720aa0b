//! One's own account.

use super::PasswordChange;
use super::logout::LogOutEverywhere;
use crate::form::{Done, ErrorSummary, Field, FieldKind, MutationForm, SubmitButton, Unexpected, Values};
use crate::json::Json;
use crate::navigation::PageHeading;
use crate::refusal::Refusal;
use crate::viewer::viewer;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

const PATH: &str = "/account";

/// Changes one's own password.
#[server(prefix = "/ui", endpoint = "account/password", output = Json)]
pub async fn change_password(
    #[server(flatten)] fields: PasswordChange,
    #[server(flatten)] unexpected: Unexpected,
) -> Result<Done, Refusal> {
    unexpected.refuse()?;
    let admission = crate::port::backend()?.change_password(&crate::port::actor()?, &fields).await;
    super::admit(admission.map_err(Refusal::with_retry_after)?)?;
    Ok(Done::at(PATH).saying("Your password is changed. Other browsers are logged out.").as_someone_else())
}

/// The page.
#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    let user_name = StoredValue::new(viewer().user_name.unwrap_or_default());
    let check = Callback::new(move |values: Values| {
        user_name.with_value(|user_name| PasswordChange::of(&values).problems(user_name))
    });
    view! {
        <PageHeading title="Account"/>
        <p class="lead">"You are logged in as "<strong>{user_name.get_value()}</strong>"."</p>
        <section class="panel" aria-labelledby="password-title">
            <h2 id="password-title">"Change password"</h2>
            <MutationForm action=ChangePassword::PATH page=PATH class="form" check>
                <ErrorSummary/>
                <Field name="current_password" label="Current password" kind=FieldKind::Password required=true autocomplete="current-password"/>
                <Field name="new_password" label="New password" kind=FieldKind::Password required=true autocomplete="new-password" hint="12 characters or more: a few words are easy to keep in mind."/>
                <Field name="repeated_password" label="Confirm new password" kind=FieldKind::Password required=true autocomplete="new-password"/>
                <p class="actions"><SubmitButton label="Change password" pending="Changing\u{2026}"/></p>
            </MutationForm>
        </section>
        <section class="panel" aria-labelledby="sessions-title">
            <h2 id="sessions-title">"Log out everywhere"</h2>
            <p>"Ends your sessions in every browser, this one included."</p>
            <MutationForm action=LogOutEverywhere::PATH page=PATH>
                <SubmitButton label="Log out everywhere" pending="Logging out\u{2026}"/>
            </MutationForm>
        </section>
    }
}
