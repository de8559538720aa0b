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
    /// What to choose.
    #[prop(optional)]
    hint: &'static str,
) -> impl IntoView {
    let state = expect_context::<FormState>();
    let value = state.value_or(name, value);
    let hinted = !hint.is_empty();
    let options = options.into_iter().map(|option| {
        let selected = option == value;
        view! { <option value=option.clone() selected=selected>{option.clone()}</option> }
    });
    view! {
        <div class="field">
            <Label name label required=true/>
            <select id=name name=name aria-required="true" aria-invalid=invalid(state, name) aria-describedby=described_by(state, name, hinted)>
                {options.collect_view()}
            </select>
            {hinted.then(|| view! { <p class="hint" id=format!("{name}-hint")>{hint}</p> })}
            <FieldErrors name label/>
        </div>
    }
}

#[component]
fn Label(name: &'static str, label: &'static str, required: bool) -> impl IntoView {
    view! {
        <label for=name>
            {label}
            " "
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

#[cfg(test)]
#[cfg(feature = "ssr")]
mod tests {
    use super::*;
    use crate::page_context::PageContext;
    use crate::server_functions::{AppError, FormReplay, FormValues};
    use crate::ui::form::ErrorSummary;
    use domain::field_error;

    /// The state of a form that was rejected with this error. Only `name` was filled in, and a password.
    fn rejected(error: AppError) -> FormState {
        let values = vec![("name".to_owned(), "typed".to_owned()), ("password".to_owned(), String::new())];
        let returned = FormReplay { action: "/ui/x".to_owned(), values: FormValues::new(values), answer: Err(error) };
        provide_context(PageContext { returned: Some(returned), ..PageContext::default() });
        FormState::new("/ui/x")
    }

    /// The HTML of a part of a form, without the markers that hydration needs.
    fn html(state: impl FnOnce() -> FormState, view: impl FnOnce() -> AnyView) -> String {
        let _ = any_spawner::Executor::init_tokio();
        Owner::new().with(|| {
            provide_context(state());
            view().to_html().replace("<!>", "")
        })
    }

    fn invalid(field: &str) -> AppError {
        AppError::Validation(vec![field_error(field, "Use <b>.")])
    }

    #[test]
    fn a_secret_is_never_filled_in() {
        for kind in [FieldKind::Password, FieldKind::SecretTextArea] {
            let text = html(
                || FormState::new("/ui/x"),
                || view! { <Field name="password" label="Password" kind value="canary"/> }.into_any(),
            );
            assert!(!text.contains("canary") && !text.contains("Enter it again"), "{text}");
        }
        for kind in [FieldKind::Text, FieldKind::TextArea] {
            let text = html(
                || FormState::new("/ui/x"),
                || view! { <Field name="url" label="URL" kind value="shown"/> }.into_any(),
            );
            assert!(text.contains("shown"), "{text}");
        }
    }

    #[test]
    fn a_secret_that_was_typed_into_a_rejected_form_is_asked_for_again() {
        let field = |name: &'static str, kind| {
            html(move || rejected(invalid("name")), move || view! { <Field name label="Secret" kind/> }.into_any())
        };
        assert!(field("password", FieldKind::Password).contains("Enter it again"));
        assert!(!field("token", FieldKind::Password).contains("Enter it again"), "nothing was typed there");
        assert!(!field("name", FieldKind::Text).contains("Enter it again"), "it is shown");
    }

    #[test]
    fn screen_readers_hear_the_errors_of_a_field_before_its_hint() {
        let field = |wrong: &'static str, hint: &'static str| {
            html(move || rejected(invalid(wrong)), move || view! { <Field name="name" label="Name" hint/> }.into_any())
        };
        let both = field("name", "Lowercase.");
        for part in [
            "aria-describedby=\"name-error name-hint\"",
            "aria-invalid=\"true\"",
            "<p id=\"name-error\" class=\"error\">Use &lt;b&gt;.</p>",
            "<p id=\"name-hint\" class=\"hint\">Lowercase.</p>",
        ] {
            assert!(both.contains(part), "{part}: {both}");
        }
        assert!(field("name", "").contains("aria-describedby=\"name-error\""));
        let valid = field("url", "Lowercase.");
        assert!(valid.contains("aria-describedby=\"name-hint\"") && !valid.contains("aria-invalid"), "{valid}");
        assert!(!field("url", "").contains("aria-describedby"));
    }

    #[test]
    fn a_form_shown_again_leaves_the_focus_to_its_errors() {
        let field = || view! { <Field name="name" label="Name" autofocus=true/> }.into_any();
        assert!(html(|| FormState::new("/ui/x"), field).contains("autofocus"));
        assert!(!html(|| rejected(invalid("name")), field).contains("autofocus"));
    }

    #[test]
    fn boxes_and_lists_of_a_form_shown_again_are_as_they_were_left() {
        let parts = || {
            let options = vec!["stored".to_owned(), "typed".to_owned()];
            view! { <Checkbox name="skip" label="Skip" ticked=true/><SelectField name="name" label="Name" options value="stored"/> }
                .into_any()
        };
        let fresh = html(|| FormState::new("/ui/x"), parts);
        assert!(fresh.contains(" checked") && fresh.contains("value=\"stored\" selected"), "{fresh}");
        let again = html(|| rejected(invalid("name")), parts);
        assert!(!again.contains(" checked") && again.contains("value=\"typed\" selected"), "{again}");
    }

    /// The summary comes first, so the labels must be known before it is written.
    #[test]
    fn the_summary_above_the_fields_names_them_by_their_labels() {
        let parts = || view! { <ErrorSummary/><Field name="name" label="Full name"/> }.into_any();
        let text = html(|| rejected(invalid("name")), parts);
        assert!(text.contains("href=\"#name\"") && text.contains(">Full name: Use &lt;b&gt;.<"), "{text}");
        assert!(text.contains("role=\"alert\"") && text.contains("One field needs your attention."), "{text}");
        assert!(!text.contains("Log in in another tab"), "{text}");
    }

    #[test]
    fn an_expired_session_keeps_the_form_and_offers_to_log_in_elsewhere() {
        let text = html(|| rejected(AppError::Unauthenticated), || view! { <ErrorSummary/> }.into_any());
        assert!(text.contains("href=\"/login\" target=\"_blank\""), "{text}");
    }
}
