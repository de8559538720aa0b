//! The status of a registry.

use crate::page_context::page_state;
use domain::{Phase, Status};
use leptos::prelude::*;

/// The phase as a word and a shape, not by colour alone (WCAG 1.4.1). Updated by live events.
#[component]
pub(crate) fn StatusBadge(
    /// The id of the registry.
    id: String,
    /// The status when the page was rendered.
    status: Status,
) -> impl IntoView {
    let page_state = page_state();
    move || {
        let status = page_state.statuses.with(|events| match events.get(&id) {
            Some(newer) if newer.as_of > status.as_of => newer.clone(),
            _ => status.clone(),
        });
        view! { {badge(status.phase)}" "<span class="reason">{status.explanation(page_state.now.get())}</span> }
    }
}

/// The badge of a phase, without the reason.
pub(crate) fn badge(phase: Phase) -> impl IntoView {
    let shape = match phase {
        Phase::Pending => "badge pending",
        Phase::Connected => "badge connected",
        Phase::Failed => "badge failed",
    };
    view! { <span class=shape>{phase.as_str()}</span> }
}
