//! What a check found: the way it went, and what to do next.

use super::{HopLine, HopOutcome, Report};
use leptos::prelude::*;

/// The next step, then the hops as a timeline.
pub(super) fn report_view(report: Report) -> impl IntoView {
    let next_step = report.next_step.map(|step| view! { <p class="next-step">{step}</p> });
    let hops = report.hops.into_iter().map(hop_view).collect_view();
    view! {
        {next_step}
        {(!hops.is_empty()).then(|| view! { <h3>"Check steps"</h3><ol class="hops">{hops}</ol> })}
    }
}

fn hop_view(hop: HopLine) -> impl IntoView {
    let (class, word) = match hop.outcome {
        HopOutcome::Passed => ("passed", "passed"),
        HopOutcome::Unproved => ("unproved", "not verified"),
        HopOutcome::Failed => ("failed", "failed"),
    };
    let sentence = hop.sentence.map(|sentence| view! { <p>{sentence}</p> });
    view! {
        <li class=class>
            <strong>{hop.label}</strong>" "<span class="outcome">{word}</span>" "
            <span class="peer">{hop.peer}</span>" "<span class="time">{hop.time}</span>
            {sentence}
        </li>
    }
}
