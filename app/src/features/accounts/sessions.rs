//! The signed-in person's sessions.

use super::logout::{LogOutEverywhere, LogOutOthers};
#[cfg(feature = "ssr")]
use super::port::Accounts;
use crate::leptos_ext::refetching_resource;
use crate::page::Page;
use crate::server_functions::{AppError, FormResponse, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{DisplayTime, ErrorSummary, MutationForm, SubmitButton, Time, suspend};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::{GetUrl, Json};
use serde::{Deserialize, Serialize};

/// A session of the signed-in person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Names the session in a form. Neither its token nor the id in the database can be found from it.
    pub handle: String,
    /// Such as "Firefox on Linux".
    pub browser: String,
    /// Where it began; `None` if an earlier version began it.
    pub address: Option<String>,
    pub since: DisplayTime,
    pub last_used: DisplayTime,
    /// Whether it is the session of the request.
    pub is_current: bool,
}

/// The valid sessions of the signed-in person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionList {
    /// The present one, then the last used.
    pub rows: Vec<SessionRow>,
    /// How many more there are.
    pub left_out: u32,
}

/// The sessions of the signed-in person.
#[server(prefix = "/ui", endpoint = "account/sessions", input = GetUrl, output = Json)]
pub async fn list_sessions() -> Result<SessionList, AppError> {
    backend::<dyn Accounts>()?.list_sessions(&actor()?).await
}

/// Ends one session of the signed-in person.
#[server(prefix = "/ui", endpoint = "account/sessions/end", output = Json)]
pub async fn end_session(
    /// The handle of the session.
    #[server(default)]
    session: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    backend::<dyn Accounts>()?.end_session(&actor()?, &session).await?;
    FormResponse::redirect(Page::Account).with_flash("Session ended.").send()
}

#[component]
pub(super) fn SessionsSection() -> impl IntoView {
    let sessions = refetching_resource::<ListSessions>(String::new);
    view! {
        <section class="panel wide" aria-labelledby="sessions-title">
            <h2 id="sessions-title">"Sessions"</h2>
            <p class="hint">"If you do not recognize one of them, end it and change your password."</p>
            {suspend(sessions, sessions_view)}
        </section>
    }
}

fn sessions_view(SessionList { rows, left_out }: SessionList) -> impl IntoView {
    let others = rows.len() > 1;
    let left_out =
        (left_out > 0).then(|| view! { <p class="hint">{format!("And {left_out} more, used less recently.")}</p> });
    let others = others.then(|| {
        view! {
            <MutationForm action=LogOutOthers::PATH page=String::from(Page::Account)>
                <ErrorSummary/>
                <SubmitButton label="Log out all others" pending="Logging out\u{2026}"/>
            </MutationForm>
        }
    });
    view! {
        // One form, so that one summary says why a session could not be ended.
        <MutationForm action=EndSession::PATH page=String::from(Page::Account) label="End a session">
            <ErrorSummary/>
            <div class="table-frame" tabindex="0" role="region" aria-label="Sessions, scrollable">
                <table class="sessions">
                    <caption class="visually-hidden">"Your sessions"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Browser"</th>
                            <th scope="col">"Address"</th>
                            <th scope="col">"Since"</th>
                            <th scope="col">"Last used"</th>
                            <th scope="col"><span class="visually-hidden">"End"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows.into_iter().map(session_row).collect_view()}</tbody>
                </table>
            </div>
            {left_out}
        </MutationForm>
        <div class="actions">
            {others}
            <MutationForm action=LogOutEverywhere::PATH page=String::from(Page::Account)>
                <ErrorSummary/>
                <SubmitButton label="Log out everywhere" pending="Logging out\u{2026}"/>
            </MutationForm>
        </div>
    }
}

fn session_row(session: SessionRow) -> impl IntoView {
    let SessionRow { handle, browser, address, since, last_used, is_current } = session;
    let address = address.unwrap_or_else(|| "Unknown".to_owned());
    let end = (!is_current).then(|| {
        let label = format!("End the session of {browser} at {address}");
        view! { <button type="submit" class="button small" name="session" value=handle aria-label=label>"End"</button> }
    });
    view! {
        <tr>
            <th scope="row">{browser}{is_current.then(|| view! { <span class="flag">"This one"</span> })}</th>
            <td data-label="Address">{address}</td>
            <td data-label="Since"><Time display_time=since/></td>
            <td data-label="Last used"><Time display_time=last_used/></td>
            <td>{end}</td>
        </tr>
    }
}
