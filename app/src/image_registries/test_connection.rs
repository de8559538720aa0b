//! Testing what a form shows, before it is saved.

use super::report::report_view;
use super::{ConnectionFields, EditFields, Report};
use crate::components::{Icon, badge, whole};
use crate::form::{Done, FormState, Sent, TEST, Unexpected};
use crate::json::Json;
use crate::refusal::Refusal;
use leptos::prelude::*;

/// Tests what the create form shows. Its name and workspace do not matter.
#[server(prefix = "/ui", endpoint = "image-registries/create/test", output = Json)]
pub async fn test_new_image_registry(
    #[server(default)] name: String,
    #[server(default)] workspace: String,
    #[server(flatten)] connection: ConnectionFields,
    #[server(flatten)] unexpected: Unexpected,
) -> Result<Done, Refusal> {
    let _ = (name, workspace);
    unexpected.refuse()?;
    answer(crate::port::backend()?.test_new_registry(&crate::port::actor()?, connection).await)
}

/// Tests what the edit form shows, with the stored password where saving would keep it.
#[server(prefix = "/ui", endpoint = "image-registries/update/test", output = Json)]
pub async fn test_edited_image_registry(
    #[server(default)] registry: String,
    #[server(default)] based_on: String,
    #[server(default)] remove_credentials: String,
    #[server(flatten)] connection: ConnectionFields,
    #[server(flatten)] unexpected: Unexpected,
) -> Result<Done, Refusal> {
    unexpected.refuse()?;
    let fields = EditFields { registry, based_on, connection, remove_credentials };
    answer(crate::port::backend()?.test_edited_registry(&crate::port::actor()?, fields).await)
}

#[cfg(feature = "ssr")]
fn answer(tested: Result<Report, Refusal>) -> Result<Done, Refusal> {
    tested.map(Done::tested).map_err(Refusal::with_retry_after)
}

/// The button that tests. It belongs behind the one that saves: Enter presses the first.
#[component]
pub(super) fn TestButton(
    /// The path of the form's own server function.
    action: &'static str,
) -> impl IntoView {
    let pending = expect_context::<FormState>().pending;
    view! {
        <button
            type="submit" class="button" formaction=format!("{action}{TEST}")
            aria-disabled=move || pending.get().map(|_| "true")
        >
            <Icon name="check"/>
            {move || if pending.get() == Some(Sent::Test) { "Testing\u{2026}" } else { "Test connection" }}
        </button>
    }
}

/// What the last test found. The region is always there, so that screen readers notice what comes.
#[component]
pub(super) fn TestResult() -> impl IntoView {
    let state = expect_context::<FormState>();
    let returned = state.is_returned();
    let panel = NodeRef::<leptos::html::Section>::new();
    Effect::new(move || {
        if state.report.with(Option::is_some)
            && let Some(panel) = panel.get()
        {
            panel.scroll_into_view();
        }
    });
    let result = move || {
        state.report.get().map(|report| {
            let (phase, reason, time) = (report.phase, report.reason.clone(), report.time.clone());
            whole(view! {
                <section class="panel status" aria-labelledby="test-title" tabindex="-1" autofocus=returned node_ref=panel>
                    <h2 id="test-title">"Connection test"</h2>
                    <p>{badge(phase)}" "<span class="reason">{format!("{reason} \u{b7} in {time}")}</span></p>
                    {report_view(report)}
                    <p class="hint">"Nothing was saved."</p>
                </section>
            })
        })
    };
    view! { <div role="status">{result}</div> }
}
