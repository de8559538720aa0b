//! What a check means, and when the next one is due: exponential backoff with jitter.

use domain::{CheckReport, Finding, Phase};

/// However often it failed, a registry is looked at that often: after a repair its status is right within ten minutes,
/// jitter included. Milliseconds.
const LONGEST_WAIT: i64 = 9 * 60 * 1000;

/// When a registry that was connected is looked at again before it is called failed, if what went wrong may pass by
/// itself. Milliseconds.
const SECOND_LOOKS: [i64; 2] = [2_000, 10_000];

/// What a check means for the registry that it was about.
pub struct Verdict {
    /// The phase from now on.
    pub phase: Phase,
    /// The reason for it; none if the old one says more.
    pub reason: Option<String>,
    /// How often in a row a check has failed.
    pub failures: i64,
    /// When the next check is due. Milliseconds from now; none if only people ask for one.
    pub next: Option<i64>,
}

/// What this report means for a registry that was in the phase `before`, after so many failures in a row. `every` is how
/// often the schedule checks, `random` the jitter.
pub fn verdict(before: Phase, failed_before: i64, report: &CheckReport, every: Option<i64>, random: u8) -> Verdict {
    let (finding, looks) = (&report.finding, usize::try_from(failed_before).unwrap_or(usize::MAX));
    let asked = finding.retry_after().map(|seconds| i64::from(seconds) * 1000);
    if before == Phase::Connected
        && finding.is_transient()
        && let Some(look) = SECOND_LOOKS.get(looks)
    {
        return Verdict {
            phase: Phase::Connected,
            reason: Some(format!("Checking again: {}", report.reason())),
            failures: failed_before + 1,
            next: Some(asked.unwrap_or_default().clamp(*look, LONGEST_WAIT)),
        };
    }
    let phase = phase(before, finding);
    let failures = match finding {
        // It says nothing about the registry.
        Finding::CheckFailed => failed_before,
        _ if phase == Phase::Connected => 0,
        _ => failed_before.saturating_add(1),
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

/// How long until the next check: twice as long after a failure (backoff with a ceiling), at least as long as the registry
/// asks for, and never quite the same (jitter), so that a thousand registries are not checked at once. Milliseconds.
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
        verdict(phase, failures, &CheckReport { finding, steps: Vec::new() }, Some(EVERY), 255)
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
