//! Asking for a check, and the words for what one has found.

use crate::app_state::AppState;
use crate::error::Result;
use app::image_registries::{Report, StepLine, StepOutcome};
use domain::{CheckReport, Finding, Phase, Pull, Status, Step};

/// The columns that say whether a registry works.
#[derive(sqlx::FromRow)]
pub struct StatusColumns {
    phase: String,
    reason: String,
    pub checked_at: Option<i64>,
    next_check_at: Option<i64>,
}

impl StatusColumns {
    /// The status in words. A check constraint keeps the phase to the three there are.
    /// `as_of` is the last event before they were read.
    pub fn shown(self, state: &AppState, as_of: i64) -> Status {
        Status {
            phase: Phase::parse(&self.phase).unwrap_or(Phase::Pending),
            reason: self.reason,
            checked: self.checked_at,
            as_of,
            checking: self.next_check_at.is_some_and(|at| at <= state.clock.now()),
        }
    }
}

/// Makes all of these due. Gives how many there were.
pub async fn check(state: &AppState, ids: &[String]) -> Result<u64> {
    let now = state.clock.now();
    let mut transaction = state.store.write().await?;
    let mut found = 0;
    for id in ids {
        let done = sqlx::query("update image_registry set next_check_at = ?1, asked_at = ?1 where id = ?2")
            .bind(now)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        found += done.rows_affected();
    }
    transaction.commit().await?;
    state.scheduler.wake();
    Ok(found)
}

/// What a check found, in words.
pub fn shown(report: &CheckReport) -> Report {
    Report {
        phase: report.finding.phase().unwrap_or(Phase::Pending),
        reason: report.reason(),
        next_step: report.finding.next_step().map(str::to_owned),
        steps: step_lines(report),
        time: duration(report.milliseconds()),
    }
}

/// The same for a registry that is checked by itself from time to time.
pub fn shown_of_stored(report: &CheckReport) -> Report {
    let mut shown = shown(report);
    if let (Finding::CredentialsRejected, Some(step)) = (&report.finding, &mut shown.next_step) {
        step.push_str(" The password is not tried again until you change it or press Check now.");
    }
    shown
}

/// The steps that were taken.
fn step_lines(report: &CheckReport) -> Vec<StepLine> {
    let verified = matches!(report.finding, Finding::Connected(_, Pull::Verified));
    let line = |index: usize| {
        let step = &report.steps[index];
        let (outcome, finding) = match &step.finding {
            Some(finding) if finding.phase() == Some(Phase::Connected) => (StepOutcome::Unproved, Some(finding)),
            Some(finding) => (StepOutcome::Failed, Some(finding)),
            // The last step can be taken and verify nothing.
            None if step.step == Step::Pull && !verified => (StepOutcome::Unproved, Some(&report.finding)),
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

/// A time as a person reads it.
fn duration(milliseconds: u32) -> String {
    match milliseconds {
        0 => "under 1 ms".to_owned(),
        1..1000 => format!("{milliseconds} ms"),
        _ => format!("{:.1} s", f64::from(milliseconds) / 1000.0),
    }
}
