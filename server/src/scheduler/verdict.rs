//! Decides what a check means for a registry, and when the next check is due. The interval doubles once if checks fail,
//! up to a maximum, and has jitter, so that a thousand registries are not checked at the same moment.

use domain::{CheckReport, Finding, Phase};

/// The longest interval after a failure: once a registry is fixed, its status is correct within ten minutes, including
/// jitter, unless `--check-every` is longer. Milliseconds.
const MAX_INTERVAL: i64 = 9 * 60 * 1000;

/// The delays before a connected registry is checked again after a transient error. It is marked as failed only if all
/// of these checks fail. Milliseconds.
const RETRY_DELAYS: [i64; 2] = [2_000, 10_000];

/// What a report means for its registry.
pub struct Verdict {
    pub phase: Phase,
    /// `None` keeps the current reason, which is more specific.
    pub reason: Option<String>,
    /// The number of failed checks in a row.
    pub failures: i64,
    /// Milliseconds until the next check; `None` if only a person can ask for it.
    pub next: Option<i64>,
}

/// What a report means for a registry in the phase `before`, after `failed_before` failures in a row. `every` is the
/// interval of the schedule, `random` the jitter.
pub fn verdict(before: Phase, failed_before: i64, report: &CheckReport, every: Option<i64>, random: u8) -> Verdict {
    let (finding, attempt) = (&report.finding, usize::try_from(failed_before).unwrap_or(usize::MAX));
    let retry_after = finding.retry_after().map(|seconds| i64::from(seconds) * 1000);
    if before == Phase::Connected
        && finding.is_transient()
        && let Some(delay) = RETRY_DELAYS.get(attempt)
    {
        return Verdict {
            phase: Phase::Connected,
            reason: Some(format!("Checking again: {}", report.reason())),
            failures: failed_before + 1,
            next: Some(retry_after.unwrap_or_default().clamp(*delay, MAX_INTERVAL)),
        };
    }
    let phase = phase(before, finding);
    let failures = match finding {
        // A problem of this machine says nothing about the registry.
        Finding::CheckFailed => failed_before,
        _ if phase == Phase::Connected => 0,
        _ => failed_before.saturating_add(1),
    };
    // A rate limit does not replace an earlier reason for failure.
    let is_silent = matches!(finding, Finding::RateLimited(_)) && before == Phase::Failed;
    let next = every
        .filter(|_| *finding != Finding::CredentialsRejected)
        .map(|every| interval(every, failures, retry_after, random));
    Verdict { phase, reason: (!is_silent).then(|| report.reason()), failures, next }
}

/// The phase after a check. A rate limit does not change it. After a check that could not run, an earlier success no
/// longer counts.
fn phase(before: Phase, finding: &Finding) -> Phase {
    match finding {
        Finding::RateLimited(_) => before,
        other => other.phase().unwrap_or(Phase::Pending),
    }
}

/// The time until the next check: doubled once when checks fail (up to a ceiling), at least what the registry asks for,
/// plus up to a tenth of jitter so that a thousand registries are not checked at once. Milliseconds.
fn interval(every: i64, failures: i64, retry_after: Option<i64>, random: u8) -> i64 {
    let base = if failures == 0 { every } else { every.saturating_mul(2).min(MAX_INTERVAL).max(every) };
    base.max(retry_after.unwrap_or_default()) + base / 10 * i64::from(random) / 255
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Access, Pull};

    const EVERY: i64 = 5 * 60_000;

    fn after(phase: Phase, failures: i64, finding: Finding) -> Verdict {
        verdict(phase, failures, &CheckReport { finding, steps: Vec::new() }, Some(EVERY), 255)
    }

    #[test]
    fn a_rate_limit_keeps_the_phase_and_a_check_that_could_not_run_does_not() {
        assert_eq!(phase(Phase::Connected, &Finding::RateLimited(None)), Phase::Connected);
        assert_eq!(phase(Phase::Connected, &Finding::CheckFailed), Phase::Pending);
        assert_eq!(phase(Phase::Connected, &Finding::TimedOut), Phase::Failed);
        assert_eq!(phase(Phase::Failed, &Finding::Connected(Access::Anonymous, Pull::Verified)), Phase::Connected);
    }

    /// docker/hub-feedback#814, #1309, #1392.
    #[test]
    fn a_rejected_password_is_not_retried_and_a_rate_limit_does_not_hide_the_rejection() {
        let rejected = after(Phase::Connected, 0, Finding::CredentialsRejected);
        assert_eq!((rejected.phase, rejected.next), (Phase::Failed, None));
        let limited = after(Phase::Failed, 1, Finding::RateLimited(Some(60)));
        assert_eq!((limited.phase, limited.reason), (Phase::Failed, None));
    }

    /// smart-mcp-proxy/mcpproxy-go#470, PostHog/wizard#671.
    #[test]
    fn a_transient_error_is_retried_before_the_registry_is_marked_failed() {
        for finding in [Finding::ServerError, Finding::TimedOut, Finding::BrokenAnswer, Finding::CheckFailed] {
            let first = after(Phase::Connected, 0, finding.clone());
            assert_eq!((first.phase, first.next, first.failures), (Phase::Connected, Some(2_000), 1));
            let second = after(Phase::Connected, 1, finding.clone());
            assert_eq!((second.phase, second.next, second.failures), (Phase::Connected, Some(10_000), 2));
            assert_ne!(after(Phase::Connected, 2, finding).phase, Phase::Connected);
        }
        assert_eq!(
            after(Phase::Connected, 0, Finding::Unavailable(5)).next,
            Some(5_000),
            "the registry asks for five seconds"
        );
        assert_eq!(
            after(Phase::Connected, 0, Finding::UnknownAuthority).phase,
            Phase::Failed,
            "that error is not transient"
        );
    }

    #[test]
    fn a_fixed_registry_is_noticed_within_ten_minutes_after_any_number_of_failures() {
        for failures in [0, 1, 10, 1000] {
            assert!(after(Phase::Failed, failures, Finding::TimedOut).next.unwrap() <= 10 * 60_000);
        }
    }
}
