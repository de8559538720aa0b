//! Having registries checked now.

use super::report::report_view;
use super::row::{CHECK_FORM, ID_FIELD};
use super::{Details, LIST_PATH};
use crate::accounts::local_path;
use crate::components::{Icon, StatusBadge, Time};
use crate::form::{Done, ErrorSummary, MutationForm, Unexpected, Values, tell};
use crate::json::Json;
use crate::navigation::{here, log_in_again};
use crate::refusal::Refusal;
use crate::viewer::Live;
use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// The most that can be asked for at once.
const MAX_AT_ONCE: usize = 500;

/// Has these registries checked as soon as may be. `page` is where the person comes back to.
#[server(prefix = "/ui", endpoint = "image-registries/check", output = Json)]
pub async fn check_image_registries(
    #[server(default)] id: Vec<String>,
    #[server(default)] page: String,
    #[server(flatten)] unexpected: Unexpected,
) -> Result<Done, Refusal> {
    unexpected.refuse()?;
    if id.is_empty() || id.len() > MAX_AT_ONCE {
        return Err(Refusal::Malformed(format!("Choose 1 to {MAX_AT_ONCE} image registries to check.")));
    }
    let found = crate::port::backend()?.check_registries(&crate::port::actor()?, &id).await?;
    let message = match found {
        0 => return Err(Refusal::Missing("There is nothing to check: it is already deleted.".to_owned())),
        1 => "Checking one image registry.".to_owned(),
        many => format!("Checking {many} image registries."),
    };
    let page = if page.is_empty() { LIST_PATH.to_owned() } else { local_path(&page) };
    Ok(Done::at(page).saying(message))
}

/// The form behind the buttons that check a row.
#[component]
pub(super) fn CheckForm() -> impl IntoView {
    view! {
        <MutationForm action=CheckImageRegistries::PATH page=here() id=CHECK_FORM label="Check" stay=true>
            <ErrorSummary/>
        </MutationForm>
    }
}

/// Checks what is ticked, for whoever has WebAssembly: the selection reaches over pages.
pub(super) async fn check_selected(ids: Vec<String>, live: Live) {
    let pairs = ids.into_iter().map(|id| (ID_FIELD.to_owned(), id)).collect();
    match Values::new(pairs).post(CheckImageRegistries::PATH).await {
        Ok(done) => tell(&live, &done, true),
        Err(Refusal::SignedOut) => log_in_again(),
        Err(refusal) => tell(&live, &Done::at(LIST_PATH).saying(refusal.to_string()), true),
    }
}

/// Whether the registry works, how that was found, and what to do about it.
pub(super) fn status_panel(details: &Details) -> impl IntoView + use<> {
    let time = details.report.as_ref().map(|report| format!(", in {}", report.time));
    let checked = match details.checked.clone() {
        Some(moment) => Either::Left(view! { <Time moment/>{time} }),
        None => Either::Right("Never"),
    };
    let connected = match details.connected.clone() {
        Some(moment) => Either::Left(view! { <Time moment/> }),
        None => Either::Right("Never"),
    };
    let id = details.id.clone();
    view! {
        <section class="panel status" aria-labelledby="status-title">
            <h2 id="status-title">"Status"</h2>
            <dl>
                <dt>"Status"</dt><dd><StatusBadge id=details.id.clone() status=details.status.clone()/></dd>
                <dt>"Since"</dt><dd><Time moment=details.status_since.clone()/></dd>
                <dt>"Last checked"</dt><dd>{checked}</dd>
                <dt>"Last connected"</dt><dd>{connected}</dd>
            </dl>
            {details.report.clone().map(report_view)}
            <MutationForm action=CheckImageRegistries::PATH page=here() stay=true>
                <ErrorSummary/>
                <input type="hidden" name=ID_FIELD value=id/>
                <button type="submit" class="button"><Icon name="check"/>"Check now"</button>
            </MutationForm>
        </section>
    }
}
