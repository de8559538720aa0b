//! The fields of a new password, with its strength.

use super::strength::Strength;
use crate::server_functions::FormValues;
use crate::ui::{Field, FieldKind};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// A new password, how strong it seems while it is typed, and its repetition.
#[component]
pub(crate) fn NewPasswordFields(
    label: &'static str,
    /// The label of the repetition.
    repeated: &'static str,
    /// Whose password it is. Empty if the form has a field `user_name` for that.
    #[prop(optional)]
    user_name: String,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let strength = RwSignal::new(None);
    // Changes only with the sentence, so that screen readers are not interrupted at every key.
    let sentence = Memo::new(move |_| strength.get().map(Strength::sentence));
    let measure = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let form = input.and_then(|input| input.closest("form").ok().flatten()).and_then(|form| form.dyn_into().ok());
        let Some(form) = form else { return };
        let values = FormValues::of_form(&form, None);
        let typed = values.get("new_password");
        let name = if user_name.is_empty() { values.get("user_name") } else { &user_name };
        strength.set((!typed.is_empty()).then(|| Strength::of(typed, name)));
    };
    view! {
        <div class="new-password" on:input=measure>
            <Field name="new_password" label kind=FieldKind::Password required=true autocomplete="new-password" autofocus hint="12 characters or more: a few random words are easy to remember."/>
            <p class="strength" role="status">{move || sentence.get()}</p>
        </div>
        <Field name="repeated_password" label=repeated kind=FieldKind::Password required=true autocomplete="new-password"/>
    }
}
