//! The form that changes something.

use super::{Done, Returned, UnsavedChanges, Values};
use crate::components::{Icon, SettledChildren};
use crate::domain::Problem;
use crate::image_registries::Report;
use crate::navigation::log_in_again;
use crate::refusal::Refusal;
use crate::viewer::{Live, Message, live, viewer};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;

/// The rules that the browser can check by itself, before anything is sent.
pub(crate) type Check = Callback<Values, Vec<Problem>>;

/// What follows the path of a form's own server function in that of the one that only tests what the form shows.
pub(crate) const TEST: &str = "/test";

/// What an answer is awaited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// The form.
    Form,
    /// A test of what it shows.
    Test,
}

/// What the parts of a form share.
#[derive(Clone, Copy)]
pub(crate) struct FormState {
    /// What an answer is awaited to, if any is.
    pub pending: RwSignal<Option<Sent>>,
    /// Why the last attempt was refused.
    pub refusal: RwSignal<Option<Refusal>>,
    /// What the last test found, as long as the form still shows what was tested.
    pub report: RwSignal<Option<Report>>,
    typed: StoredValue<Option<Values>>,
    /// The fields with their labels.
    labels: StoredValue<Option<Values>>,
    /// Counts what is typed: an answer to what the form showed before is too late.
    changes: StoredValue<u32>,
}

impl FormState {
    /// The state of a form that posts to `action`, with what the server says of a plain form before it.
    fn new(action: &str) -> Self {
        let ours = |returned: &Returned| returned.action.strip_suffix(TEST).unwrap_or(&returned.action) == action;
        let (answer, typed) = viewer().returned.filter(ours).map(|returned| (returned.answer, returned.values)).unzip();
        let (report, refusal) = match answer {
            Some(Ok(report)) => (Some(report), None),
            Some(Err(refusal)) => (None, Some(refusal)),
            None => (None, None),
        };
        Self {
            pending: RwSignal::new(None),
            refusal: RwSignal::new(refusal),
            report: RwSignal::new(report),
            typed: StoredValue::new(typed),
            labels: StoredValue::new(None),
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
    pub fn has_forgotten(&self, field: &str) -> bool {
        self.typed.with_value(|typed| typed.as_ref().is_some_and(|values| values.has(field)))
    }

    /// Tells what a field is called.
    pub fn label(&self, field: &str, label: &str) {
        self.labels.update_value(|labels| labels.get_or_insert_default().add(field, label));
    }

    /// What is wrong, with the label of the field before it.
    pub fn sentence(&self, problem: &Problem) -> String {
        let label =
            self.labels.with_value(|labels| labels.as_ref().map(|labels| labels.get(&problem.field).to_owned()));
        let label = label.filter(|label| !label.is_empty()).map(|label| label + ": ").unwrap_or_default();
        label + &problem.message
    }

    /// What is wrong with a field.
    pub fn problems_at(&self, field: &str) -> Vec<String> {
        self.refusal.with(|refusal| {
            let problems = refusal.as_ref().map(Refusal::problems).unwrap_or_default();
            problems.iter().filter(|problem| problem.field == field).map(|problem| problem.message.clone()).collect()
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
    on_submit: Option<Callback<Values>>,
    /// Runs in the browser after it was carried out.
    #[prop(optional_no_strip)]
    on_done: Option<Callback<Done>>,
    /// Whether a script stays on the page afterwards.
    #[prop(optional)]
    stay: bool,
    /// Whether leaving with unsaved changes asks.
    #[prop(optional)]
    guarded: bool,
    children: SettledChildren,
) -> impl IntoView {
    let state = FormState::new(action);
    let dirty = RwSignal::new(state.is_returned());
    let live = live();
    let navigate = use_navigate();

    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(form) = event.target().and_then(|target| target.dyn_into().ok()) else { return };
        let submitter = event.submitter();
        let values = Values::of_form(&form, submitter.as_ref());
        if state.pending.read_untracked().is_some() {
            return;
        }
        let (sent, action) = match submitter.and_then(|button| button.get_attribute("formaction")) {
            Some(test) => (Sent::Test, test),
            None => (Sent::Form, action.to_owned()),
        };
        if let Some(on_submit) = on_submit {
            on_submit.run(values.clone());
        }
        // What a test needs is less than the form does: the server says what is missing.
        let check = check.filter(|_| sent == Sent::Form);
        let problems = check.map(|check| check.run(values.clone())).unwrap_or_default();
        if !problems.is_empty() {
            state.refusal.set(Some(Refusal::Invalid(problems)));
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
                Ok(Done { report: Some(report), .. }) => {
                    let _ = state.refusal.try_set(None);
                    if state.changes.try_get_value() == Some(sent_at) {
                        let _ = state.report.try_set(Some(report));
                    }
                }
                Ok(done) => {
                    let _ = dirty.try_set(false);
                    let _ = state.refusal.try_set(None);
                    if done.reload {
                        let _ = window().location().assign(&done.to);
                        return;
                    }
                    tell(&live, &done, stay);
                    if let Some(on_done) = on_done {
                        on_done.run(done.clone());
                    }
                    if !stay {
                        navigate(&done.to, Default::default());
                    }
                }
                Err(Refusal::SignedOut) if !guarded => log_in_again(),
                Err(refusal) => {
                    let _ = state.refusal.try_set(Some(refusal));
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
                    state.report.set(None);
                }
            >
                <input type="hidden" name=super::unexpected::PAGE_FIELD value=move || page.get()/>
                {children.make()}
            </form>
            {guarded.then(|| view! { <UnsavedChanges dirty/> })}
        </leptos::context::Provider>
    }
}

/// Shows the message where the person is going, and lets what is shown load anew.
pub(crate) fn tell(live: &Live, done: &Done, stay: bool) {
    if let Some(text) = &done.message {
        let to = done.to.split('?').next().unwrap_or_default();
        live.message.set(Some(Message { text: text.clone(), at: to.to_owned() }));
    }
    if !stay || done.message.is_some() {
        live.revision.update(|revision| *revision += 1);
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
            {move || if pending_for.get() == Some(Sent::Form) { pending } else { label }}
        </button>
    }
}
