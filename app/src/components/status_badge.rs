//! The status of a registry.

use crate::domain::{Phase, Status};
use leptos::prelude::*;

/// The phase as a word and a shape; the colour only repeats it.
#[component]
pub(crate) fn StatusBadge(status: Status) -> impl IntoView {
    let shape = match status.phase {
        Phase::Pending => "badge pending",
        Phase::Connected => "badge connected",
        Phase::Failed => "badge failed",
    };
    view! { <span class=shape>{status.phase.as_str()}</span>" "<span class="reason">{status.reason}</span> }
}
