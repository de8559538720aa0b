//! A new one-time link, shown once beside the form that asked for it.

use super::PasswordLink;
#[cfg(feature = "ssr")]
use super::port::Users;
use crate::leptos_ext::replacing;
use crate::local_path::local_path;
use crate::server_functions::{AppError, FormResponse, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend, origin};
use crate::ui::{CopyButton, FormState};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Creates a link that sets a new password.
#[server(prefix = "/ui", endpoint = "users/link", output = Json)]
pub async fn create_password_link(
    #[server(default)] user: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let link = backend::<dyn Users>()?.create_password_link(&actor()?, &user).await?;
    FormResponse::stay_with(&link.at(&origin())).send()
}

/// Makes the link of a user invalid.
#[server(prefix = "/ui", endpoint = "users/link/withdraw", output = Json)]
pub async fn withdraw_password_link(
    #[server(default)] user: String,
    #[server(default)] page: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    backend::<dyn Users>()?.withdraw_password_link(&actor()?, &user).await?;
    FormResponse::redirect(local_path(&page)).with_flash("The link no longer works.").send()
}

/// The link that the form was answered with. The region is always there, so that screen readers announce it.
#[component]
pub(super) fn NewLink() -> impl IntoView {
    let state = expect_context::<FormState>();
    let returned = state.is_returned();
    let link = move || {
        state.result.get().and_then(|result| result.read::<PasswordLink>()).map(|link| {
            replacing(view! {
                <section class="panel inner" aria-labelledby="link-title" tabindex="-1" autofocus=returned>
                    <h3 id="link-title">{format!("Link for {}", link.user_name)}</h3>
                    <p>"Send it over a channel that only this person reads. Whoever opens it first sets the password. It works once, until "{link.expires.exact}"."</p>
                    <p class="copyable"><code>{link.address.clone()}</code><CopyButton text=link.address what="link"/></p>
                    <p class="hint">"It is shown only now. If it gets lost, create another one."</p>
                </section>
            })
        })
    };
    view! { <div role="status">{link}</div> }
}
