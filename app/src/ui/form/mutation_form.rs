//! Forms that change something on the server.

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

/// Validates a form in the browser, before it is sent.
pub(crate) type Check = Callback<FormValues, Vec<FieldError>>;

/// Appended to the path of a form's server function, it makes the path of the function that tests the form without
/// saving.
pub(crate) const TEST_SUFFIX: &str = "/test";

/// The submission in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Submission {
    /// Saves the form.
    Save,
    /// Tests the form without saving it.
    Test,
}

/// The state that the parts of a form share.
#[derive(Clone, Copy)]
pub(crate) struct FormState {
    /// The submission in flight, if any.
    pub pending: RwSignal<Option<Submission>>,
    /// Why the last submission failed.
    pub error: RwSignal<Option<AppError>>,
    /// The result of the last test, until the form is edited.
    pub result: RwSignal<Option<Payload>>,
    typed: StoredValue<Option<FormValues>>,
    labels: StoredValue<Vec<(&'static str, &'static str)>>,
    /// Counts edits. A test result that arrives after an edit is dropped.
    changes: StoredValue<u32>,
}

impl FormState {
    /// The state of a form that posts to `action`. If the page shows that form again, it contains what was typed and
    /// the answer.
    pub(super) fn new(action: &str) -> Self {
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

    /// Whether the page shows a submitted plain form again.
    pub fn is_returned(&self) -> bool {
        self.typed.with_value(Option::is_some)
    }

    /// The initial value of a field: what was typed if the form is shown again, else `stored`.
    pub fn value_or(&self, field: &str, stored: String) -> String {
        self.typed.with_value(|typed| typed.as_ref().map(|values| values.get(field).to_owned())).unwrap_or(stored)
    }

    /// Whether a box is initially ticked: as it was if the form is shown again, else as `stored`.
    pub fn ticked_or(&self, field: &str, stored: bool) -> bool {
        self.typed.with_value(|typed| typed.as_ref().map_or(stored, |values| values.has(field)))
    }

    /// Whether something was typed into a field that is not shown again.
    pub fn needs_reentry(&self, field: &str) -> bool {
        self.typed.with_value(|typed| typed.as_ref().is_some_and(|values| values.has(field)))
    }

    /// Remembers the label of a field.
    pub fn add_label(&self, field: &'static str, label: &'static str) {
        self.labels.update_value(|labels| labels.push((field, label)));
    }

    /// The message of an error, after the label of its field.
    pub fn sentence(&self, error: &FieldError) -> String {
        let label = self.labels.with_value(|labels| labels.iter().find(|(field, _)| *field == error.field).copied());
        label.map_or_else(|| error.message.clone(), |(_, label)| format!("{label}: {}", error.message))
    }

    /// The messages of the errors at a field.
    pub fn errors_at(&self, field: &str) -> Vec<String> {
        self.error.with(|error| {
            let field_errors = error.as_ref().map(AppError::field_errors).unwrap_or_default();
            field_errors
                .iter()
                .filter(|field_error| field_error.field == field)
                .map(|field_error| field_error.message.clone())
                .collect()
        })
    }
}

/// A form that posts to a server function.
#[component]
pub(crate) fn MutationForm(
    /// The path of the server function.
    action: &'static str,
    /// The path of the page that shows a rejected plain form again.
    #[prop(into)]
    page: Signal<String>,
    #[prop(optional)] class: &'static str,
    /// For buttons outside the form that submit it.
    #[prop(optional)]
    id: Option<&'static str>,
    /// The name of the form for screen readers, if no heading names it.
    #[prop(optional)]
    label: Option<&'static str>,
    /// Validates the form in the browser.
    #[prop(optional)]
    check: Option<Check>,
    /// Runs in the browser before the form is sent.
    #[prop(optional)]
    on_submit: Option<Callback<FormValues>>,
    /// Runs in the browser after the form succeeded.
    #[prop(optional_no_strip)]
    on_done: Option<Callback<FormResponse>>,
    /// Whether to stay on the page after success, in a browser with script.
    #[prop(optional)]
    stay: bool,
    /// Whether to ask before leaving with unsaved changes.
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
        // A test needs fewer fields than the form. The server says what is missing.
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
            // The page may have been left in the meantime and its signals disposed of, hence `try_set`.
            let _ = state.pending.try_set(None);
            match answer {
                Ok(response) if response.result.is_some() => {
                    let _ = state.error.try_set(None);
                    apply_response(&page_state, &response, true);
                    if state.changes.try_get_value() == Some(sent_at) {
                        let _ = state.result.try_set(response.result);
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
                {children.render()}
            </form>
            {guarded.then(|| view! { <UnsavedChanges dirty/> })}
        </leptos::context::Provider>
    }
}

/// Queues the flash message for the target page and invalidates loaded data.
pub(crate) fn apply_response(page_state: &PageState, response: &FormResponse, stay: bool) {
    if let Some(text) = &response.flash {
        let to = response.location.split('?').next().unwrap_or_default();
        page_state.message.set(Some(Message { text: text.clone(), at: to.to_owned() }));
    }
    if !stay || response.flash.is_some() {
        page_state.revision.update(|revision| *revision += 1);
    }
}

/// The button that submits the form. It shows when a submission is in flight.
#[component]
pub(crate) fn SubmitButton(
    label: &'static str,
    /// The label while a submission is in flight.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page_context::{PageContext, provide_page_context};
    use domain::field_error;
    use std::collections::BTreeSet;

    const CREATE: &str = "/ui/image-registries/create";

    /// A rejected form, as the server sends it back.
    fn returned(action: &str, answer: Result<Payload, AppError>) -> FormReplay {
        let typed =
            [("name", "typed"), ("url", ""), ("skip_verification", "yes"), ("password", "canary"), ("token", "")];
        let typed = FormValues::new(typed.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        let secrets = BTreeSet::from(["password", "token"].map(str::to_owned));
        FormReplay { action: action.to_owned(), values: typed.without_secrets(&secrets), answer }
    }

    fn invalid() -> AppError {
        AppError::Validation(vec![
            field_error("name", "Use lowercase letters."),
            field_error("url", "Enter the URL."),
            field_error("name", "Shorten it."),
        ])
    }

    /// Calls `test` with the state of the create form, on a page that shows `returned` again.
    fn with_state(returned: Option<FormReplay>, test: impl FnOnce(FormState)) {
        Owner::new().with(|| {
            provide_context(PageContext { returned, ..PageContext::default() });
            test(FormState::new(CREATE));
        });
    }

    #[track_caller]
    fn assert_fresh(state: FormState) {
        assert!(!state.is_returned());
        assert_eq!(state.value_or("name", "stored".to_owned()), "stored");
        assert!(state.ticked_or("skip_verification", true) && !state.ticked_or("skip_verification", false));
        assert!(!state.needs_reentry("password"));
        assert_eq!((state.error.get_untracked(), state.result.get_untracked()), (None, None));
        assert_eq!(state.errors_at("name"), [] as [&str; 0]);
    }

    #[test]
    fn a_fresh_form_shows_what_is_stored() {
        with_state(None, assert_fresh);
    }

    #[test]
    fn a_form_is_not_filled_with_what_was_typed_into_another() {
        for action in ["/ui/image-registries/update", "/ui/image-registries/create/more", "/test"] {
            with_state(Some(returned(action, Err(invalid()))), assert_fresh);
        }
    }

    #[test]
    fn a_form_shown_again_keeps_what_was_typed() {
        with_state(Some(returned(CREATE, Err(invalid()))), |state| {
            assert!(state.is_returned());
            assert_eq!(state.value_or("name", "stored".to_owned()), "typed");
            assert_eq!(state.value_or("url", "stored".to_owned()), "", "an emptied field stays empty");
            assert!(state.ticked_or("skip_verification", false));
            assert!(!state.ticked_or("remove_credentials", true), "an unticked box stays unticked");
            assert_eq!(state.error.get_untracked(), Some(invalid()));
            assert_eq!(state.result.get_untracked(), None);
        });
    }

    #[test]
    fn a_secret_that_was_typed_is_asked_for_again() {
        with_state(Some(returned(CREATE, Err(invalid()))), |state| {
            assert!(state.needs_reentry("password"));
            assert_eq!(state.value_or("password", "stored".to_owned()), "");
            assert!(!state.needs_reentry("token"), "nothing was typed there");
        });
    }

    #[test]
    fn a_test_of_a_form_shows_its_result_in_that_form() {
        let tested = returned(&format!("{CREATE}{TEST_SUFFIX}"), Ok(Payload::of(&"Connected")));
        with_state(Some(tested), |state| {
            assert_eq!(state.value_or("name", String::new()), "typed");
            assert_eq!(state.result.get_untracked(), Some(Payload::of(&"Connected")));
            assert_eq!(state.error.get_untracked(), None);
        });
    }

    #[test]
    fn the_errors_at_a_field_are_its_own() {
        with_state(Some(returned(CREATE, Err(invalid()))), |state| {
            assert_eq!(state.errors_at("name"), ["Use lowercase letters.", "Shorten it."]);
            assert_eq!(state.errors_at("url"), ["Enter the URL."]);
            assert_eq!(state.errors_at("password"), [] as [&str; 0]);
            state.error.set(Some(AppError::Unavailable));
            assert_eq!(state.errors_at("name"), [] as [&str; 0]);
        });
    }

    #[test]
    fn an_error_is_introduced_by_the_label_of_its_field() {
        with_state(None, |state| {
            state.add_label("url", "URL");
            state.add_label("name", "Name");
            assert_eq!(state.sentence(&field_error("name", "Enter a name.")), "Name: Enter a name.");
            let unknown = field_error("role", "\u{201c}role\u{201d} cannot be set here.");
            assert_eq!(state.sentence(&unknown), unknown.message);
        });
    }

    #[test]
    fn a_message_belongs_to_the_page_that_the_form_leads_to() {
        Owner::new().with(|| {
            provide_page_context("/workspaces".to_owned());
            let page_state = page_state();
            let created = FormResponse::redirect("/image-registries?q=a").with_flash("Created.");
            apply_response(&page_state, &created, false);
            let message = page_state.message.get_untracked().unwrap();
            assert_eq!((message.text.as_str(), message.at.as_str()), ("Created.", "/image-registries"));
        });
    }

    #[test]
    fn data_is_loaded_again_unless_a_form_stays_and_says_nothing() {
        Owner::new().with(|| {
            provide_page_context("/image-registries".to_owned());
            let page_state = page_state();
            let (silent, loud) = (FormResponse::redirect("/"), FormResponse::redirect("/").with_flash("Checking."));
            for (response, stay, revision) in [(&silent, true, 0), (&silent, false, 1), (&loud, true, 2)] {
                apply_response(&page_state, response, stay);
                assert_eq!(page_state.revision.get_untracked(), revision, "{response:?} {stay}");
            }
        });
    }
}
