//! Asks once more before clients lose what they use.

use crate::server_functions::AppError;
use crate::ui::{Checkbox, FormState};
use leptos::prelude::*;

/// A box to tick, if clients use what the form changes: those that the page knows of, and those because of which the
/// server has refused since.
#[component]
pub(crate) fn ConfirmInUse(#[prop(into)] in_use: Signal<bool>, label: &'static str) -> impl IntoView {
    let error = expect_context::<FormState>().error;
    let is_asked = Memo::new(move |asked: Option<&bool>| {
        let is_refused = error.with(|error| matches!(error, Some(AppError::InUse(_))));
        // Once it is there, it stays: sending the form again clears the error.
        asked == Some(&true) || in_use.get() || is_refused
    });
    move || is_asked.get().then(|| view! { <Checkbox name="confirmed" label/> })
}
