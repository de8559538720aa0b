//! The report of a check.

use super::{Report, StepLine, StepOutcome};
use leptos::prelude::*;

/// The next step, then the steps as a timeline.
pub(super) fn report_view(report: Report) -> impl IntoView {
    let next_step = report.next_step.map(|step| view! { <p class="next-step">{step}</p> });
    let steps = report.steps.into_iter().map(step_view).collect_view();
    view! {
        {next_step}
        {(!steps.is_empty()).then(|| view! { <h3>"Check steps"</h3><ol class="steps">{steps}</ol> })}
    }
}

fn step_view(step: StepLine) -> impl IntoView {
    let (class, word) = match step.outcome {
        StepOutcome::Passed => ("passed", "passed"),
        StepOutcome::Unverified => ("unverified", "not verified"),
        StepOutcome::Failed => ("failed", "failed"),
    };
    let sentence = step.sentence.map(|sentence| view! { <p>{sentence}</p> });
    view! {
        <li class=class>
            <strong>{step.label}</strong>" "<span class="outcome">{word}</span>" "
            <span class="peer">{step.peer}</span>" "<span class="time">{step.time}</span>
            {sentence}
        </li>
    }
}
