//! Storing outcomes.

use super::stored_registry::StoredRegistry;
use crate::app_state::AppState;
use crate::error::Result;
use domain::{CheckReport, Finding, Phase, Status};

/// However often it failed, a registry is looked at that often: after a repair its status is right within ten minutes,
/// jitter included. Milliseconds.
const LONGEST_WAIT: i64 = 9 * 60 * 1000;

/// When a registry that was connected is looked at again before it is called failed, if what went wrong may pass by
/// itself. Milliseconds.
const SECOND_LOOKS: [i64; 2] = [2_000, 10_000];

/// What a check means for the registry that it was about.
struct Verdict {
    phase: Phase,
    /// None if the old reason says more.
    reason: Option<String>,
    failures: i64,
    /// When the next check is due. Milliseconds from now; none if only people ask for one.
    next: Option<i64>,
}

/// Stores the outcome, unless the registry was changed or deleted since it was read. `found_at` is when the check ended:
/// it may have had to wait until it could be stored.
pub async fn record_result(state: &AppState, due: &StoredRegistry, report: &CheckReport, found_at: i64) -> Result<()> {
    let mut random = [0];
    state.entropy.fill(&mut random);
    let Verdict { phase, reason, failures, next } = verdict(due, report, state.scheduler.every, random[0]);
    let next = next.map(|wait| found_at + wait);
    let connected = report.finding.phase() == Some(Phase::Connected);
    let mut transaction = state.store.write().await?;
    let kept = sqlx::query(
        "update image_registry set phase = ?, reason = coalesce(?, reason), phase_since = case when phase = ? then phase_since else ? end,
         checked_at = ?, report = ?, last_connected_at = coalesce(?, last_connected_at), failures = ?,
         next_check_at = case when next_check_at is ? then ? else next_check_at end,
         asked_at = case when next_check_at is ? then null else asked_at end
         where id = ? and version = ?",
    )
    .bind(phase.as_str())
    .bind(&reason)
    .bind(phase.as_str())
    .bind(found_at)
    .bind(found_at)
    .bind(serde_json::to_string(report).unwrap_or_default())
    .bind(connected.then_some(found_at))
    .bind(failures)
    // Somebody who has asked for a check meanwhile gets another: they may have fixed the registry since this began.
    .bind(due.next_check_at)
    .bind(next)
    .bind(due.next_check_at)
    .bind(&due.id)
    .bind(due.version)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    if kept.rows_affected() > 0 {
        let reason = reason.unwrap_or_else(|| due.reason.clone());
        let status = Status { phase, reason, checked: Some(found_at), checking: false, as_of: 0 };
        state.events.publish(&due.id, status);
    }
    Ok(())
}

fn verdict(due: &StoredRegistry, report: &CheckReport, every: Option<i64>, random: u8) -> Verdict {
    let before = Phase::parse(&due.phase).unwrap_or(Phase::Pending);
    let (finding, looks) = (&report.finding, usize::try_from(due.failures).unwrap_or(usize::MAX));
    let asked = finding.retry_after().map(|seconds| i64::from(seconds) * 1000);
    if before == Phase::Connected
        && finding.is_transient()
        && let Some(look) = SECOND_LOOKS.get(looks)
    {
        return Verdict {
            phase: Phase::Connected,
            reason: Some(format!("Checking again: {}", report.reason())),
            failures: due.failures + 1,
            next: Some(asked.unwrap_or_default().clamp(*look, LONGEST_WAIT)),
        };
    }
    let phase = phase(before, finding);
    let failures = match finding {
        // It says nothing about the registry.
        Finding::CheckFailed => due.failures,
        _ if phase == Phase::Connected => 0,
        _ => due.failures.saturating_add(1),
    };
    // A limit does not take back what was found before it.
    let is_silent = matches!(finding, Finding::RateLimited(_)) && before == Phase::Failed;
    let next =
        every.filter(|_| *finding != Finding::CredentialsRejected).map(|every| wait(every, failures, asked, random));
    Verdict { phase, reason: (!is_silent).then(|| report.reason()), failures, next }
}

/// The phase after a check. A limit says nothing about the registry; a check that could not be carried out must not
/// leave an old success standing.
fn phase(before: Phase, finding: &Finding) -> Phase {
    match finding {
        Finding::RateLimited(_) => before,
        other => other.phase().unwrap_or(Phase::Pending),
    }
}

/// How long until the next check: longer after a failure, as long as the registry asks for, and never quite the same, so
/// that a thousand registries do not ask at once. Milliseconds.
fn wait(every: i64, failures: i64, asked: Option<i64>, random: u8) -> i64 {
    let slowed = if failures == 0 { every } else { every.saturating_mul(2).min(LONGEST_WAIT).max(every) };
    slowed.max(asked.unwrap_or_default()) + slowed / 10 * i64::from(random) / 255
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Access, Pull};

    const EVERY: i64 = 5 * 60_000;

    fn after(phase: Phase, failures: i64, finding: Finding) -> Verdict {
        let mut due = StoredRegistry::default();
        (due.phase, due.failures) = (phase.to_string(), failures);
        verdict(&due, &CheckReport { finding, steps: Vec::new() }, Some(EVERY), 255)
    }

    #[test]
    fn a_limit_keeps_what_was_known_and_a_broken_check_does_not() {
        assert_eq!(phase(Phase::Connected, &Finding::RateLimited(None)), Phase::Connected);
        assert_eq!(phase(Phase::Connected, &Finding::CheckFailed), Phase::Pending);
        assert_eq!(phase(Phase::Connected, &Finding::TimedOut), Phase::Failed);
        assert_eq!(phase(Phase::Failed, &Finding::Connected(Access::Anonymous, Pull::Verified)), Phase::Connected);
    }

    /// docker/hub-feedback#814, #1309, #1392.
    #[test]
    fn a_rejected_password_is_not_tried_again_and_a_limit_does_not_hide_that() {
        let rejected = after(Phase::Connected, 0, Finding::CredentialsRejected);
        assert_eq!((rejected.phase, rejected.next), (Phase::Failed, None));
        let limited = after(Phase::Failed, 1, Finding::RateLimited(Some(60)));
        assert_eq!((limited.phase, limited.reason), (Phase::Failed, None));
    }

    /// smart-mcp-proxy/mcpproxy-go#470, PostHog/wizard#671.
    #[test]
    fn what_may_pass_by_itself_is_looked_at_again_before_the_registry_is_called_failed() {
        for finding in [Finding::ServerError, Finding::TimedOut, Finding::BrokenAnswer, Finding::CheckFailed] {
            let first = after(Phase::Connected, 0, finding.clone());
            assert_eq!((first.phase, first.next, first.failures), (Phase::Connected, Some(2_000), 1));
            let second = after(Phase::Connected, 1, finding.clone());
            assert_eq!((second.phase, second.next, second.failures), (Phase::Connected, Some(10_000), 2));
            assert_ne!(after(Phase::Connected, 2, finding).phase, Phase::Connected);
        }
        assert_eq!(after(Phase::Connected, 0, Finding::Unavailable(5)).next, Some(5_000), "it asks for five seconds");
        assert_eq!(after(Phase::Connected, 0, Finding::UnknownAuthority).phase, Phase::Failed, "that does not pass");
    }

    #[test]
    fn however_often_it_failed_a_repair_is_noticed_within_ten_minutes() {
        for failures in [0, 1, 10, 1000] {
            assert!(after(Phase::Failed, failures, Finding::TimedOut).next.unwrap() <= 10 * 60_000);
        }
    }
}
