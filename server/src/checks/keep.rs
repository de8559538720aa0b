//! Storing outcomes.

use super::target::StoredTarget;
use crate::backend::Portolan;
use crate::trouble::Outcome;
use app::domain::{CheckReport, Finding, Phase, Status};

/// However often it failed, a registry is looked at that often. Milliseconds.
const LONGEST_WAIT: i64 = 60 * 60 * 1000;

/// Stores the outcome, unless the registry was changed or deleted since it was read. `found_at` is when the check ended:
/// it may have had to wait until it could be stored.
pub async fn keep(portolan: &Portolan, due: &StoredTarget, report: &CheckReport, found_at: i64) -> Outcome<()> {
    let before = Phase::parse(&due.phase).unwrap_or(Phase::Pending);
    let phase = phase(before, &report.finding);
    let failures = match report.finding {
        // It says nothing about the registry.
        Finding::CheckBroken => due.failures,
        _ if phase == Phase::Connected => 0,
        _ => due.failures.saturating_add(1),
    };
    let next = portolan.checks.every.map(|every| found_at + wait(portolan, every, failures, &report.finding));
    let connected = report.finding.phase() == Some(Phase::Connected);
    let mut transaction = portolan.store.write().await?;
    let kept = sqlx::query(
        "update image_registry set phase = ?, reason = ?, phase_since = case when phase = ? then phase_since else ? end,
         checked_at = ?, report = ?, last_connected_at = coalesce(?, last_connected_at), failures = ?,
         next_check_at = case when next_check_at is ? then ? else next_check_at end
         where id = ? and version = ?",
    )
    .bind(phase.as_str())
    .bind(report.reason())
    .bind(phase.as_str())
    .bind(found_at)
    .bind(found_at)
    .bind(serde_json::to_string(report).unwrap_or_default())
    .bind(connected.then_some(found_at))
    .bind(failures)
    // Somebody who has asked for a check meanwhile gets another: they may have fixed the registry since this began.
    .bind(due.next_check_at)
    .bind(next)
    .bind(&due.id)
    .bind(due.version)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    if kept.rows_affected() > 0 {
        let checked = Some(portolan.moment(found_at).age);
        let status = Status { phase, reason: report.reason(), checked, checking: false, as_of: 0 };
        portolan.events.publish(&due.id, status);
    }
    Ok(())
}

/// The phase after a check. A limit says nothing about a registry that worked; a check that could not be carried
/// out must not leave an old success standing.
fn phase(before: Phase, finding: &Finding) -> Phase {
    match finding {
        Finding::RateLimited(_) if before == Phase::Connected => Phase::Connected,
        other => other.phase().unwrap_or(Phase::Pending),
    }
}

/// How long until the next check: longer with each failure, as long as the registry asks for, and never quite the
/// same, so that a thousand registries do not ask at once. Milliseconds.
fn wait(portolan: &Portolan, every: i64, failures: i64, finding: &Finding) -> i64 {
    let doublings = u32::try_from(failures.clamp(0, 10)).unwrap_or_default();
    let slowed = every.saturating_mul(1 << doublings).min(LONGEST_WAIT.max(every));
    let asked = match finding {
        Finding::RateLimited(Some(seconds)) => i64::from(*seconds) * 1000,
        _ => 0,
    };
    let mut random = [0];
    portolan.entropy.fill(&mut random);
    slowed.max(asked) + slowed / 10 * i64::from(random[0]) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_keeps_what_was_known_and_a_broken_check_does_not() {
        assert_eq!(phase(Phase::Connected, &Finding::RateLimited(None)), Phase::Connected);
        assert_eq!(phase(Phase::Failed, &Finding::RateLimited(None)), Phase::Pending);
        assert_eq!(phase(Phase::Connected, &Finding::CheckBroken), Phase::Pending);
        assert_eq!(phase(Phase::Connected, &Finding::TimedOut), Phase::Failed);
        assert_eq!(phase(Phase::Failed, &Finding::AnonymousAccess), Phase::Connected);
    }
}
