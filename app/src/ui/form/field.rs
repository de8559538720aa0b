//! Form fields: label, control, hint and errors.

use super::FormState;
use leptos::either::Either;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The kind of text that a field takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// A line of text.
    #[default]
    Text,
    /// A secret. The server never fills it in.
    Password,
    /// Several lines of text.
    TextArea,
    /// A secret of several lines. The server never fills it in.
    SecretTextArea,
}

impl FieldKind {
    fn is_secret(self) -> bool {
        matches!(self, Self::Password | Self::SecretTextArea)
    }
}

/// A field to type into.
#[component]
pub(crate) fn Field(
    /// The name and id of the control.
    name: &'static str,
    label: &'static str,
    #[prop(optional)] kind: FieldKind,
    /// What to type.
    #[prop(optional, into)]
    hint: String,
    #[prop(optional)] required: bool,
    /// The initial value.
    #[prop(optional, into)]
    value: String,
    /// The purpose of the field (WCAG 1.3.5), or "off".
    #[prop(default = "off")]
    autocomplete: &'static str,
    #[prop(optional)] placeholder: Option<&'static str>,
    #[prop(optional)] autofocus: bool,
    /// Whether the value belongs to another system. Password managers must neither fill it in nor offer to save it as
    /// the login of this console.
    #[prop(optional)]
    foreign: bool,
) -> impl IntoView {
    let state = expect_context::<FormState>();
    let foreign = foreign.then_some("true");
    let value = if kind.is_secret() { String::new() } else { state.value_or(name, value) };
    let hinted = !hint.is_empty();
    // When a form is shown again, its errors or its test result have the focus instead.
    let autofocus = autofocus && !state.is_returned();
    let forgotten = kind.is_secret() && state.needs_reentry(name);
    let control = match kind {
        FieldKind::Text | FieldKind::Password => Either::Left(view! {
            <input
                id=name name=name type=if kind.is_secret() { "password" } else { "text" } value=value
                autocomplete=autocomplete autocapitalize="none" spellcheck="false" placeholder=placeholder
                data-1p-ignore=foreign data-bwignore=foreign data-lpignore=foreign data-form-type=foreign.map(|_| "other")
                autofocus=autofocus aria-required=required.then_some("true")
                aria-invalid=invalid(state, name) aria-describedby=described_by(state, name, hinted)
            />
        }),
        FieldKind::TextArea | FieldKind::SecretTextArea => Either::Right(view! {
            <textarea
                id=name name=name rows="4" class=kind.is_secret().then_some("secret")
                autocomplete="off" autocapitalize="none" spellcheck="false" placeholder=placeholder
                aria-invalid=invalid(state, name) aria-describedby=described_by(state, name, hinted)
            >{value}</textarea>
        }),
    };
    view! {
        <div class="field">
            <Label name label required/>
            {control}
            {(kind == FieldKind::Password).then(|| view! { <button type="button" class="reveal needs-script" aria-pressed="false" on:click=reveal>"Show password"</button> })}
            {forgotten.then(|| view! { <p class="again">"Enter it again. For security, it is not kept."</p> })}
            {hinted.then(|| view! { <p class="hint" id=format!("{name}-hint")>{hint}</p> })}
            <FieldErrors name label/>
        </div>
    }
}

/// Shows or hides what is typed into a password field.
fn reveal(event: web_sys::MouseEvent) {
    let button = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let Some(button) = button else { return };
    let Some(input) = button.previous_element_sibling() else { return };
    let hidden = input.get_attribute("type").as_deref() == Some("password");
    let _ = input.set_attribute("type", if hidden { "text" } else { "password" });
    let _ = button.set_attribute("aria-pressed", if hidden { "true" } else { "false" });
}

/// A checkbox.
#[component]
pub(crate) fn Checkbox(
    /// The name and id of the control.
    name: &'static str,
    label: &'static str,
    /// Whether it is initially ticked.
    #[prop(optional)]
    ticked: bool,
    /// What ticking it means.
    #[prop(optional, into)]
    hint: String,
) -> impl IntoView {
    let state = expect_context::<FormState>();
    let ticked = state.ticked_or(name, ticked);
    let hinted = !hint.is_empty();
    view! {
        <div class="field">
            <label class="check">
                <input
                    type="checkbox" id=name name=name value="yes" checked=ticked
                    aria-invalid=invalid(state, name) aria-describedby=described_by(state, name, hinted)
                />
                {label}
            </label>
            {hinted.then(|| view! { <p class="hint" id=format!("{name}-hint")>{hint}</p> })}
            <FieldErrors name label/>
        </div>
    }
}

/// A drop-down list.
#[component]
pub(crate) fn SelectField(
    /// The name and id of the control.
    name: &'static str,
    label: &'static str,
    options: Vec<String>,
    /// The option that is initially chosen.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    let state = expect_context::<FormState>();
    let value = state.value_or(name, value);
    let options = options.into_iter().map(|option| {
        let selected = option == value;
        view! { <option value=option.clone() selected=selected>{option.clone()}</option> }
    });
    view! {
        <div class="field">
            <Label name label required=true/>
            <select id=name name=name aria-required="true" aria-invalid=invalid(state, name) aria-describedby=described_by(state, name, false)>
                {options.collect_view()}
            </select>
            <FieldErrors name label/>
        </div>
    }
}

#[component]
fn Label(name: &'static str, label: &'static str, required: bool) -> impl IntoView {
    view! {
        <label for=name>
            {label}
            {if required {
                Either::Left(view! { <span class="required" aria-hidden="true">"*"</span> })
            } else {
                Either::Right(view! { <span class="optional">"optional"</span> })
            }}
        </label>
    }
}

/// The errors of a field, beneath it.
#[component]
fn FieldErrors(name: &'static str, label: &'static str) -> impl IntoView {
    let state = expect_context::<FormState>();
    state.add_label(name, label);
    let field_errors = move || {
        let messages = state.errors_at(name);
        (!messages.is_empty()).then(|| view! { <p class="error" id=format!("{name}-error")>{messages.join(" ")}</p> })
    };
    view! { {field_errors} }
}

fn invalid(state: FormState, name: &'static str) -> impl Fn() -> Option<&'static str> {
    move || (!state.errors_at(name).is_empty()).then_some("true")
}

fn described_by(state: FormState, name: &'static str, hinted: bool) -> impl Fn() -> Option<String> {
    move || match (hinted, !state.errors_at(name).is_empty()) {
        (true, true) => Some(format!("{name}-error {name}-hint")),
        (true, false) => Some(format!("{name}-hint")),
        (false, true) => Some(format!("{name}-error")),
        (false, false) => None,
    }
}
