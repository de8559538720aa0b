//! The loop: checks whatever is due, a limited number at once.

use super::isolated_check::isolated_check;
use super::state::Scheduler;
use super::target::target;
use super::verdict::{Verdict, verdict};
use crate::probe::Target;
use crate::storage::Result;
use crate::storage::checks::{self, CheckRecord, CheckResult};
use domain::{CheckReport, Finding, Phase, Status};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{self, AbortHandle, JoinSet};
use tokio::time::Instant;

/// The most checks of the schedule at once.
const AT_ONCE: usize = 16;

/// The most checks at once that a person waits for. The schedule leaves these places free.
const ASKED_AT_ONCE: usize = 16;

/// How long a check that a person has asked for runs at least before it gives way to one that was asked for later.
const GIVES_WAY_AFTER: Duration = Duration::from_millis(500);

/// How often due checks are looked for without a notification.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long to wait before an outcome that could not be stored is stored again.
const STORE_RETRY: Duration = Duration::from_secs(5);

/// One version of one registry: once it is changed, another check may begin beside the old one.
type Checked = (String, i64);

/// Checks whatever is due, for as long as it is polled.
pub async fn run_scheduler(scheduler: Arc<Scheduler>) {
    let mut checks = Running::default();
    let mut planned_at = None;
    loop {
        planned_at = reconcile_again(&scheduler, planned_at).await;
        checks.start_asked(&scheduler).await;
        checks.start_due(&scheduler).await;
        tokio::select! {
            () = checks.ended(), if !checks.tasks.is_empty() => {}
            () = scheduler.due.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// The checks that are under way.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    known: HashMap<task::Id, Known>,
}

/// What is known of a check that is under way.
struct Known {
    checked: Checked,
    /// Since when a person has been waiting for it; none if only the schedule wants it.
    asked_at: Option<i64>,
    started: Instant,
    abort: AbortHandle,
}

impl Running {
    /// Starts what people wait for. If too many do, the check that was asked for first gives way: it is still due, and
    /// begins again later.
    async fn start_asked(&mut self, scheduler: &Arc<Scheduler>) {
        let asked = read_asked(scheduler, ASKED_AT_ONCE + self.known.len()).await;
        for due in self.not_running(asked) {
            if self.asked().count() >= ASKED_AT_ONCE && !self.make_room_for(&due) {
                return;
            }
            self.start(scheduler, due);
        }
    }

    /// Starts what the schedule wants.
    async fn start_due(&mut self, scheduler: &Arc<Scheduler>) {
        let free = AT_ONCE.saturating_sub(self.known.len() - self.asked().count());
        if free > 0 {
            let due = read_due(scheduler, free + self.known.len()).await;
            for due in self.not_running(due).into_iter().take(free) {
                self.start(scheduler, due);
            }
        }
    }

    /// Those that are being checked are due as well until their outcome is stored.
    fn not_running(&self, found: Result<Vec<CheckRecord>>) -> Vec<CheckRecord> {
        let found = found.unwrap_or_else(|error| {
            tracing::error!(?error, "what is due could not be read");
            Vec::new()
        });
        let is_running = |due: &CheckRecord| self.known.values().any(|known| known.checked == checked(due));
        found.into_iter().filter(|due| !is_running(due)).collect()
    }

    fn asked(&self) -> impl Iterator<Item = &Known> {
        self.known.values().filter(|known| known.asked_at.is_some())
    }

    /// Ends the check that was asked for before this one, and has run for the longest time.
    fn make_room_for(&mut self, due: &CheckRecord) -> bool {
        let older = |known: &&Known| known.asked_at < due.asked_at && known.started.elapsed() >= GIVES_WAY_AFTER;
        let Some(known) = self.asked().filter(older).min_by_key(|known| known.started) else { return false };
        known.abort.abort();
        let id = known.abort.id();
        self.known.remove(&id);
        true
    }

    fn start(&mut self, scheduler: &Arc<Scheduler>, due: CheckRecord) {
        let (checked, asked_at) = (checked(&due), due.asked_at);
        let abort = self.tasks.spawn(check_due(scheduler.clone(), due));
        self.known.insert(abort.id(), Known { checked, asked_at, started: Instant::now(), abort });
    }

    /// Waits until one of them has ended.
    async fn ended(&mut self) {
        let Some(ended) = self.tasks.join_next_with_id().await else { return };
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                if !error.is_cancelled() {
                    tracing::error!(%error, "a check has ended early");
                }
                error.id()
            }
        };
        self.known.remove(&id);
    }
}

async fn read_asked(scheduler: &Scheduler, limit: usize) -> Result<Vec<CheckRecord>> {
    checks::asked(&mut *scheduler.storage.reader().await?, scheduler.clock.now(), limit).await
}

async fn read_due(scheduler: &Scheduler, limit: usize) -> Result<Vec<CheckRecord>> {
    checks::due(&mut *scheduler.storage.reader().await?, scheduler.clock.now(), limit).await
}

/// Brings the plan up to date at the start, after the clock was set back, and after a failure. Returns when.
async fn reconcile_again(scheduler: &Scheduler, planned_at: Option<i64>) -> Option<i64> {
    let now = scheduler.clock.now();
    if planned_at.is_some_and(|before| before <= now) {
        return Some(now);
    }
    match reconcile_schedule(scheduler, now, planned_at.is_none()).await {
        Ok(()) => Some(now),
        Err(error) => {
            tracing::error!(?error, "the checks could not be planned; trying again");
            None
        }
    }
}

/// With periodic checks every registry has a next check, unless its password was rejected: only a person tries that again.
/// Without periodic checks none has. What was planned or checked by a clock that was ahead is due now: its time
/// may be a day away.
async fn reconcile_schedule(scheduler: &Scheduler, now: i64, is_start: bool) -> Result<()> {
    let mut transaction = scheduler.storage.write().await?;
    match scheduler.every {
        Some(_) => checks::plan_missing(&mut transaction, now).await?,
        // What a person has asked for is due, and stays so. What the schedule has planned does not.
        None if is_start => checks::cancel_planned(&mut transaction, now).await?,
        None => checks::advance_planned(&mut transaction, now).await?,
    }
    transaction.commit().await
}

async fn check_due(scheduler: Arc<Scheduler>, due: CheckRecord) {
    let report = match target(&scheduler.vault, &due) {
        Ok(target) => sparing_accounts(&scheduler, &due, target).await,
        Err(finding) => CheckReport { finding, steps: Vec::new() },
    };
    let found_at = scheduler.clock.now();
    let mut random = [0];
    scheduler.entropy.fill(&mut random);
    let verdict = verdict(due.phase, due.failures, &report, scheduler.every, random[0]);
    // The result waits until it can be stored. Checking again instead would call a registry every few seconds, with
    // its credentials, for as long as a disk is full.
    while let Err(error) = record_result(&scheduler, &due, &report, &verdict, found_at).await {
        tracing::error!(?error, registry = due.id, "the outcome of a check could not be stored; trying again");
        tokio::time::sleep(STORE_RETRY).await;
    }
}

/// Stores a result and tells open pages, unless the registry was changed or deleted since it was read. `found_at` is when
/// the check ended.
async fn record_result(
    scheduler: &Scheduler,
    due: &CheckRecord,
    report: &CheckReport,
    verdict: &Verdict,
    found_at: i64,
) -> Result<()> {
    let result = CheckResult {
        phase: verdict.phase,
        reason: verdict.reason.as_deref(),
        report,
        connected: report.finding.phase() == Some(Phase::Connected),
        failures: verdict.failures,
        found_at,
        next_check_at: verdict.next.map(|wait| found_at + wait),
    };
    let mut transaction = scheduler.storage.write().await?;
    let is_stored = checks::record_result(&mut transaction, due, &result).await?;
    transaction.commit().await?;
    if is_stored {
        let reason = verdict.reason.clone().unwrap_or_else(|| due.reason.clone());
        let status = Status { phase: verdict.phase, reason, checked: Some(found_at), checking: false, as_of: 0 };
        scheduler.events.publish(&due.id, status);
    }
    Ok(())
}

/// Checks a registry, unless no person waits for it and its password is known to be rejected, by this registry or by
/// another at the same host.
async fn sparing_accounts(scheduler: &Scheduler, due: &CheckRecord, target: Target) -> CheckReport {
    let rejected = &scheduler.rejected;
    let Some(account) = rejected.account(&target) else { return isolated_check(&scheduler.client, target).await };
    let scout = rejected.scout(account);
    let _first = match scout.try_lock() {
        Ok(first) => Some(first),
        Err(_) if due.asked_at.is_some() => None,
        Err(_) => {
            drop(scout.lock().await);
            None
        }
    };
    if due.asked_at.is_none() && rejected.contains(&account) {
        return CheckReport { finding: Finding::CredentialsRejected, steps: Vec::new() };
    }
    let report = isolated_check(&scheduler.client, target).await;
    if rejected.note(account, &report.finding)
        && let Err(error) = plan_the_others(scheduler, due).await
    {
        tracing::error!(?error, "the other registries of an account could not be planned");
    }
    report
}

/// A password that was rejected is accepted now: every other registry that stopped because of it is due.
async fn plan_the_others(scheduler: &Scheduler, due: &CheckRecord) -> Result<()> {
    let mut transaction = scheduler.storage.write().await?;
    checks::plan_rejected(&mut transaction, &due.url, due.username.as_deref(), scheduler.clock.now()).await?;
    transaction.commit().await
}

/// Which version of which registry a check is about.
fn checked(due: &CheckRecord) -> Checked {
    (due.id.clone(), due.version)
}
