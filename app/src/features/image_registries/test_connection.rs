//! Testing the connection in a form before it is saved.

#[cfg(feature = "ssr")]
use super::port::ImageRegistries;
use super::report::report_view;
use super::status_badge::badge;
use super::{BasicFields, ConnectionFields, EditFields, Report, StoredFields};
use crate::leptos_ext::replacing;
use crate::server_functions::{AppError, FormResponse, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{FormState, Icon, Submission, TEST_SUFFIX};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Tests the connection in the create form. Name and workspace do not matter.
#[server(prefix = "/ui", endpoint = "image-registries/create/test", output = Json)]
pub async fn test_new_image_registry(
    #[server(flatten)] basic: BasicFields,
    #[server(flatten)] connection: ConnectionFields,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    let _ = basic;
    unknown_fields.reject()?;
    answer(backend::<dyn ImageRegistries>()?.test_new_registry(&actor()?, connection).await)
}

/// Tests the connection in the edit form, with the stored password if saving would keep it.
#[server(prefix = "/ui", endpoint = "image-registries/update/test", output = Json)]
pub async fn test_edited_image_registry(
    #[server(flatten)] stored: StoredFields,
    #[server(flatten)] connection: ConnectionFields,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let fields = EditFields { stored, connection, labels: None };
    answer(backend::<dyn ImageRegistries>()?.test_edited_registry(&actor()?, fields).await)
}

#[cfg(feature = "ssr")]
fn answer(tested: Result<Report, AppError>) -> Result<FormResponse, AppError> {
    FormResponse::stay_with(&tested.map_err(AppError::with_retry_after)?).send()
}

/// The test button. It must come after the save button, because Enter presses the first.
#[component]
pub(super) fn TestButton(
    /// The path of the form's own server function.
    action: &'static str,
) -> impl IntoView {
    let pending = expect_context::<FormState>().pending;
    view! {
        <button
            type="submit" class="button" formaction=format!("{action}{TEST_SUFFIX}")
            aria-disabled=move || pending.get().map(|_| "true")
        >
            <Icon name="check"/>
            {move || if pending.get() == Some(Submission::Test) { "Testing\u{2026}" } else { "Test connection" }}
        </button>
    }
}

/// The result of the last test. The region is always there, so that screen readers announce it.
#[component]
pub(super) fn TestResult() -> impl IntoView {
    let state = expect_context::<FormState>();
    let returned = state.is_returned();
    let panel = NodeRef::<leptos::html::Section>::new();
    Effect::new(move || {
        if state.result.with(Option::is_some)
            && let Some(panel) = panel.get()
        {
            panel.scroll_into_view();
        }
    });
    let result = move || {
        state.result.get().and_then(|result| result.read::<Report>()).map(|report| {
            let (phase, reason, time) = (report.phase, report.reason.clone(), report.time.clone());
            replacing(view! {
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
