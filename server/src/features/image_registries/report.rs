//! Turns check reports into view models.

use app::image_registries::{Report, StepLine, StepOutcome};
use domain::{CheckReport, Finding, Phase, Pull, Step};

/// The result of a check, in words.
pub fn report_view(report: &CheckReport) -> Report {
    Report {
        phase: report.finding.phase().unwrap_or(Phase::Pending),
        reason: report.reason(),
        next_step: report.finding.next_step().map(str::to_owned),
        steps: step_lines(report),
        time: duration(report.milliseconds()),
    }
}

/// The same for a stored registry, which is checked again by the schedule.
pub fn stored_report_view(report: &CheckReport) -> Report {
    let mut view = report_view(report);
    if let (Finding::CredentialsRejected, Some(step)) = (&report.finding, &mut view.next_step) {
        step.push_str(" The password is not tried again until you change it or press Check now.");
    }
    view
}

fn step_lines(report: &CheckReport) -> Vec<StepLine> {
    let verified = matches!(report.finding, Finding::Connected(_, Pull::Verified));
    let line = |index: usize| {
        let step = &report.steps[index];
        let (outcome, finding) = match &step.finding {
            Some(finding) if finding.phase() == Some(Phase::Connected) => (StepOutcome::Unverified, Some(finding)),
            Some(finding) => (StepOutcome::Failed, Some(finding)),
            // The pull step can complete without verifying anything.
            None if step.step == Step::Pull && !verified => (StepOutcome::Unverified, Some(&report.finding)),
            None => (StepOutcome::Passed, None),
        };
        StepLine {
            label: step.step.label().to_owned(),
            peer: step.peer.clone(),
            time: duration(step.milliseconds),
            outcome,
            sentence: finding.map(Finding::sentence),
        }
    };
    (0..report.steps.len()).map(line).collect()
}

/// Seconds or milliseconds, for people.
fn duration(milliseconds: u32) -> String {
    match milliseconds {
        0 => "under 1 ms".to_owned(),
        1..1000 => format!("{milliseconds} ms"),
        _ => format!("{:.1} s", f64::from(milliseconds) / 1000.0),
    }
}
