//! Asks once more before clients lose what they use.

use crate::server_functions::AppError;
use crate::ui::{Checkbox, FormState};
use leptos::prelude::*;

/// A box to tick, if clients use what the form changes: those that the page knows of, and those because of which the
/// server has refused since.
#[component]
pub(crate) fn ConfirmInUse(#[prop(into)] in_use: Signal<bool>, label: &'static str) -> impl IntoView {
    let error = expect_context::<FormState>().error;
    let is_hidden = move || !in_use.get() && !error.with(|error| matches!(error, Some(AppError::InUse(_))));
    // It is always there: sending the form again clears the error, but not what was ticked.
    view! { <div hidden=is_hidden><Checkbox name="confirmed" label/></div> }
}
