//! The form that changes something.

use super::UnsavedChanges;
use crate::leptos_ext::{SyncChildren, redirect_to_login};
use crate::page_context::{Message, PageState, page_context, page_state};
use crate::server_functions::{AppError, FormReplay, FormResponse, FormValues, PAGE_FIELD, Payload};
use crate::ui::Icon;
use domain::FieldError;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;

/// The rules that the browser can check by itself, before anything is sent.
pub(crate) type Check = Callback<FormValues, Vec<FieldError>>;

/// What follows the path of a form's own server function in that of the one that only tests what the form shows.
pub(crate) const TEST_SUFFIX: &str = "/test";

/// What an answer is awaited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Submission {
    /// The form.
    Save,
    /// A test of what it shows.
    Test,
}

/// What the parts of a form share.
#[derive(Clone, Copy)]
pub(crate) struct FormState {
    /// What an answer is awaited to, if any is.
    pub pending: RwSignal<Option<Submission>>,
    /// Why the last attempt was refused.
    pub error: RwSignal<Option<AppError>>,
    /// What the last test found, as long as the form still shows what was tested.
    pub result: RwSignal<Option<Payload>>,
    typed: StoredValue<Option<FormValues>>,
    /// What the fields are called.
    labels: StoredValue<FormValues>,
    /// Counts what is typed: an answer to what the form showed before is too late.
    changes: StoredValue<u32>,
}

impl FormState {
    /// The state of a form that posts to `action`, with what the server says of a plain form before it.
    fn new(action: &str) -> Self {
        let ours =
            |returned: &FormReplay| returned.action.strip_suffix(TEST_SUFFIX).unwrap_or(&returned.action) == action;
        let (answer, typed) =
            page_context().returned.filter(ours).map(|returned| (returned.answer, returned.values)).unzip();
        let (result, error) = match answer {
            Some(Ok(result)) => (Some(result), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        Self {
            pending: RwSignal::new(None),
            error: RwSignal::new(error),
            result: RwSignal::new(result),
            typed: StoredValue::new(typed),
            labels: StoredValue::default(),
            changes: StoredValue::new(0),
        }
    }

    /// Whether the page shows a plain form again.
    pub fn is_returned(&self) -> bool {
        self.typed.with_value(Option::is_some)
    }

    /// What the field should hold: what was typed before the page came back, else `stored`.
    pub fn value_or(&self, field: &str, stored: String) -> String {
        self.typed.with_value(|typed| typed.as_ref().map(|values| values.get(field).to_owned())).unwrap_or(stored)
    }

    /// Whether the box should be ticked: as it was before the page came back, else as `stored`.
    pub fn ticked_or(&self, field: &str, stored: bool) -> bool {
        self.typed.with_value(|typed| typed.as_ref().map_or(stored, |values| values.has(field)))
    }

    /// Whether something was typed into a field whose content does not come back with the page.
    pub fn needs_reentry(&self, field: &str) -> bool {
        self.typed.with_value(|typed| typed.as_ref().is_some_and(|values| values.has(field)))
    }

    /// Remembers what a field is called.
    pub fn add_label(&self, field: &str, label: &str) {
        self.labels.update_value(|labels| labels.add(field, label));
    }

    /// What is wrong, after the label of the field.
    pub fn sentence(&self, error: &FieldError) -> String {
        let label = self.labels.with_value(|labels| labels.get(&error.field).to_owned());
        if label.is_empty() { error.message.clone() } else { format!("{label}: {}", error.message) }
    }

    /// What is wrong with a field.
    pub fn errors_at(&self, field: &str) -> Vec<String> {
        self.error.with(|error| {
            let field_errors = error.as_ref().map(AppError::field_errors).unwrap_or_default();
            field_errors
                .iter()
                .filter(|problem| problem.field == field)
                .map(|problem| problem.message.clone())
                .collect()
        })
    }
}

/// A form that posts to a server function.
#[component]
pub(crate) fn MutationForm(
    /// The path of the server function.
    action: &'static str,
    /// The page that shows a refused plain form again.
    #[prop(into)]
    page: Signal<String>,
    #[prop(optional)] class: &'static str,
    /// For buttons that stand elsewhere and belong to it.
    #[prop(optional)]
    id: Option<&'static str>,
    /// The name of the form for screen readers, where no heading names it.
    #[prop(optional)]
    label: Option<&'static str>,
    /// The rules that the browser checks by itself.
    #[prop(optional)]
    check: Option<Check>,
    /// Runs in the browser before the form is sent.
    #[prop(optional)]
    on_submit: Option<Callback<FormValues>>,
    /// Runs in the browser after it was carried out.
    #[prop(optional_no_strip)]
    on_done: Option<Callback<FormResponse>>,
    /// Whether a script stays on the page afterwards.
    #[prop(optional)]
    stay: bool,
    /// Whether leaving with unsaved changes asks.
    #[prop(optional)]
    guarded: bool,
    children: SyncChildren,
) -> impl IntoView {
    let state = FormState::new(action);
    let dirty = RwSignal::new(state.is_returned());
    let page_state = page_state();
    let navigate = use_navigate();

    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(form) = event.target().and_then(|target| target.dyn_into().ok()) else { return };
        let submitter = event.submitter();
        let values = FormValues::of_form(&form, submitter.as_ref());
        if state.pending.read_untracked().is_some() {
            return;
        }
        let (sent, action) = match submitter.and_then(|button| button.get_attribute("formaction")) {
            Some(test) => (Submission::Test, test),
            None => (Submission::Save, action.to_owned()),
        };
        if let Some(on_submit) = on_submit {
            on_submit.run(values.clone());
        }
        // What a test needs is less than the form does: the server says what is missing.
        let check = check.filter(|_| sent == Submission::Save);
        let field_errors = check.map(|check| check.run(values.clone())).unwrap_or_default();
        if !field_errors.is_empty() {
            state.error.set(Some(AppError::Validation(field_errors)));
            return;
        }
        state.pending.set(Some(sent));
        let sent_at = state.changes.get_value();
        let navigate = navigate.clone();
        spawn_local(async move {
            let answer = values.post(&action).await;
            // Whoever waited may be gone: the page can be left while the answer is on its way.
            let _ = state.pending.try_set(None);
            match answer {
                Ok(FormResponse { result: Some(result), .. }) => {
                    let _ = state.error.try_set(None);
                    if state.changes.try_get_value() == Some(sent_at) {
                        let _ = state.result.try_set(Some(result));
                    }
                }
                Ok(response) => {
                    let _ = dirty.try_set(false);
                    let _ = state.error.try_set(None);
                    if response.full_reload {
                        let _ = window().location().assign(&response.location);
                        return;
                    }
                    apply_response(&page_state, &response, stay);
                    if let Some(on_done) = on_done {
                        on_done.run(response.clone());
                    }
                    if !stay {
                        navigate(&response.location, Default::default());
                    }
                }
                Err(AppError::Unauthenticated) if !guarded => redirect_to_login(),
                Err(error) => {
                    let _ = state.error.try_set(Some(error));
                }
            }
        });
    };

    view! {
        <leptos::context::Provider value=state>
            <form
                method="post" action=action id=id class=class aria-label=label novalidate
                on:submit=submit on:input=move |_| {
                    dirty.set(true);
                    state.changes.update_value(|changes| *changes += 1);
                    state.result.set(None);
                }
            >
                <input type="hidden" name=PAGE_FIELD value=move || page.get()/>
                {children.make()}
            </form>
            {guarded.then(|| view! { <UnsavedChanges dirty/> })}
        </leptos::context::Provider>
    }
}

/// Shows the message where the person is going, and lets what is shown load anew.
pub(crate) fn apply_response(page_state: &PageState, response: &FormResponse, stay: bool) {
    if let Some(text) = &response.flash {
        let to = response.location.split('?').next().unwrap_or_default();
        page_state.message.set(Some(Message { text: text.clone(), at: to.to_owned() }));
    }
    if !stay || response.flash.is_some() {
        page_state.revision.update(|revision| *revision += 1);
    }
}

/// The button that sends the form; it says when an answer is awaited.
#[component]
pub(crate) fn SubmitButton(
    label: &'static str,
    /// What it says while it waits.
    pending: &'static str,
    #[prop(optional)] danger: bool,
    #[prop(optional)] icon: Option<&'static str>,
) -> impl IntoView {
    let pending_for = expect_context::<FormState>().pending;
    view! {
        <button
            type="submit" class=if danger { "button danger" } else { "button primary" }
            aria-disabled=move || pending_for.get().map(|_| "true")
        >
            {icon.map(|name| view! { <Icon name/> })}
            {move || if pending_for.get() == Some(Submission::Save) { pending } else { label }}
        </button>
    }
}
