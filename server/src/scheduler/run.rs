//! The scheduler's loop: runs due checks, a limited number at a time.

use super::isolated_check::isolated_check;
use super::rejected_credentials::{Account, account};
use super::state::Scheduler;
use super::target::target;
use super::verdict::{Verdict, verdict};
use crate::events::{self, Message};
use crate::log_limit::LogLimit;
use crate::probe::Target;
use crate::storage::checks::{self, CheckRecord, CheckResult};
use crate::storage::leases::{self, Wanted};
use crate::storage::{Result, StorageError};
use domain::{Access, CheckReport, Finding, Phase, Status};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::task::{self, AbortHandle, JoinSet};
use tokio::time::Instant;
use tracing::Instrument;

/// The most scheduled checks at a time.
const AT_ONCE: usize = 16;

/// The most checks at a time that people asked for, on top of the scheduled ones.
const ASKED_AT_ONCE: usize = 16;

/// The minimum time before a check that a person asked for gives way to a more recent one.
const MIN_RUN_TIME: Duration = Duration::from_millis(500);

/// The interval for polling due checks, in case no notification arrives.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The delay before a result that could not be stored is stored again.
const STORE_RETRY: Duration = Duration::from_secs(5);

/// The id and version of a registry: after an edit, another check may start beside the old one.
type Checked = (String, i64);

/// Runs due checks in a loop. Never returns.
pub async fn run_scheduler(scheduler: Arc<Scheduler>) {
    let mut checks = Running::default();
    let mut messages = scheduler.events.subscribe();
    let mut planned_at = None;
    loop {
        planned_at = reconcile_again(&scheduler, planned_at).await;
        checks.start_asked(&scheduler).await;
        checks.start_due(&scheduler).await;
        tokio::select! {
            () = checks.join_next(), if !checks.tasks.is_empty() => {}
            () = scheduler.due.notified() => {}
            () = tokio::time::sleep(POLL_INTERVAL) => {}
        }
        forget_accepted(&scheduler, &mut messages);
    }
}

/// Forgets the rejected accounts that any server has found to be accepted again.
fn forget_accepted(scheduler: &Scheduler, messages: &mut Receiver<(i64, Message)>) {
    loop {
        match messages.try_recv() {
            Ok((_, Message::AccountAccepted(account))) => {
                if let Ok(account) = const_hex::decode_to_array(account) {
                    scheduler.rejected.forget(&account);
                }
            }
            // One of the lost events may have been that one.
            Ok((_, Message::StreamsEnded | Message::Resync)) | Err(TryRecvError::Lagged(_)) => {
                scheduler.rejected.forget_all();
            }
            Ok(_) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => return,
        }
    }
}

/// The checks in progress.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    running: HashMap<task::Id, RunningCheck>,
}

/// A check in progress.
struct RunningCheck {
    checked: Checked,
    /// Since when a person has been waiting for it; `None` if only the schedule wants it.
    asked_at: Option<i64>,
    started: Instant,
    abort: AbortHandle,
}

impl Running {
    /// Starts the checks that people asked for. If there are too many, the oldest one is cancelled: it stays due and
    /// runs again later.
    async fn start_asked(&mut self, scheduler: &Arc<Scheduler>) {
        let free = ASKED_AT_ONCE.saturating_sub(self.asked().count());
        for due in self.claim(scheduler, Wanted::Asked(i64::MIN), free).await {
            self.start(scheduler, due);
        }
        if self.asked().count() < ASKED_AT_ONCE {
            return;
        }
        let giving_way = || self.asked().filter(|running| running.may_give_way()).filter_map(|it| it.asked_at);
        let Some(oldest) = giving_way().min() else { return };
        let room = giving_way().count();
        let mut not_run = Vec::new();
        for due in self.claim(scheduler, Wanted::Asked(oldest), room).await {
            match self.make_room_for(&due) {
                Some(cancelled) => {
                    not_run.push(cancelled);
                    self.start(scheduler, due);
                }
                None => not_run.push(due.id),
            }
        }
        release(scheduler, &not_run).await;
    }

    /// Starts scheduled checks.
    async fn start_due(&mut self, scheduler: &Arc<Scheduler>) {
        let free = AT_ONCE.saturating_sub(self.running.len() - self.asked().count());
        for due in self.claim(scheduler, Wanted::Due, free).await {
            self.start(scheduler, due);
        }
    }

    /// Claims up to `room` checks. Leaves out those in progress: without leases, they stay due until the result is
    /// stored, and with leases, until a lease has run out.
    async fn claim(&self, scheduler: &Scheduler, wanted: Wanted, room: usize) -> Vec<CheckRecord> {
        if room == 0 {
            return Vec::new();
        }
        let in_progress = if scheduler.storage.is_shared() { 0 } else { self.running.len() };
        let claimed = claim(scheduler, wanted, room + in_progress).await.unwrap_or_else(|error| {
            static LOG: LogLimit = LogLimit::new();
            log_failure(&LOG, &error, "could not claim the checks that are due; trying again");
            Vec::new()
        });
        let is_running = |due: &CheckRecord| {
            self.running.values().any(|running| running.checked == checked(due) && !running.abort.is_finished())
        };
        let (running, mut not_running): (Vec<_>, Vec<_>) = claimed.into_iter().partition(is_running);
        if scheduler.storage.is_shared() {
            release(scheduler, &running.into_iter().map(|due| due.id).collect::<Vec<_>>()).await;
        }
        not_running.truncate(room);
        not_running
    }

    fn asked(&self) -> impl Iterator<Item = &RunningCheck> {
        self.running.values().filter(|running| running.asked_at.is_some())
    }

    /// Cancels the longest-running check that was asked for before this one. Returns the id of its registry.
    fn make_room_for(&mut self, due: &CheckRecord) -> Option<String> {
        let older = |running: &&RunningCheck| running.asked_at < due.asked_at && running.may_give_way();
        let running = self.asked().filter(older).min_by_key(|running| running.started)?;
        running.abort.abort();
        let id = running.abort.id();
        self.running.remove(&id).map(|cancelled| cancelled.checked.0)
    }

    fn start(&mut self, scheduler: &Arc<Scheduler>, due: CheckRecord) {
        let (checked, asked_at) = (checked(&due), due.asked_at);
        let span = tracing::info_span!("scheduled", registry = due.id);
        let abort = self.tasks.spawn(check_due(scheduler.clone(), due).instrument(span));
        self.running.insert(abort.id(), RunningCheck { checked, asked_at, started: Instant::now(), abort });
    }

    /// Waits until a check ends, and removes all that have ended.
    async fn join_next(&mut self) {
        let mut next = self.tasks.join_next_with_id().await;
        while let Some(ended) = next {
            let id = match ended {
                Ok((id, ())) => id,
                Err(error) => {
                    if !error.is_cancelled() {
                        tracing::error!(%error, "a check ended early");
                    }
                    error.id()
                }
            };
            self.running.remove(&id);
            next = self.tasks.try_join_next_with_id();
        }
    }
}

impl RunningCheck {
    fn may_give_way(&self) -> bool {
        self.started.elapsed() >= MIN_RUN_TIME
    }
}

/// Logs a failure that is repeated while the database is down.
fn log_failure(limit: &LogLimit, error: &StorageError, what: &str) {
    if let Some(left_out) = limit.allow() {
        if error.unavailable().is_some() {
            tracing::warn!(%error, left_out, "{what}");
        } else {
            tracing::error!(?error, left_out, "{what}");
        }
    }
}

async fn claim(scheduler: &Scheduler, wanted: Wanted, limit: usize) -> Result<Vec<CheckRecord>> {
    let now = scheduler.clock.now();
    leases::claim(&mut scheduler.storage.reader().await?, wanted, &scheduler.server_id, now, limit).await
}

/// Gives claimed checks back. If that fails, their leases run out.
async fn release(scheduler: &Scheduler, ids: &[String]) {
    if ids.is_empty() || !scheduler.storage.is_shared() {
        return;
    }
    let released = async { leases::release(&mut scheduler.storage.reader().await?, &scheduler.server_id, ids).await };
    if let Err(error) = released.await {
        tracing::error!(?error, "could not give claimed checks back");
    }
}

/// Reconciles the schedule at the start, after the clock was set back, and after a failure. Returns the time of
/// success.
async fn reconcile_again(scheduler: &Scheduler, planned_at: Option<i64>) -> Option<i64> {
    let now = scheduler.clock.now();
    if planned_at.is_some_and(|before| before <= now) {
        return Some(now);
    }
    match reconcile_schedule(scheduler, now, planned_at.is_none()).await {
        Ok(()) => Some(now),
        Err(error) => {
            static LOG: LogLimit = LogLimit::new();
            log_failure(&LOG, &error, "could not plan checks; trying again");
            None
        }
    }
}

/// With periodic checks, every registry has a next check unless its password was rejected, which only a person may
/// retry. Without periodic checks, none has. Times in the future, from when the clock was ahead, become due now: they
/// may be days away.
async fn reconcile_schedule(scheduler: &Scheduler, now: i64, is_start: bool) -> Result<()> {
    // Some at a time: a million would take longer than a statement may.
    loop {
        let mut transaction = scheduler.storage.write().await?;
        let planned = match scheduler.every {
            Some(_) => checks::plan_missing(&mut transaction, now).await?,
            // Checks that people asked for stay due. Those planned by the schedule are cancelled.
            None if is_start => checks::cancel_planned(&mut transaction, now).await?,
            None => checks::advance_planned(&mut transaction, now).await?,
        };
        transaction.commit().await?;
        if planned == 0 {
            return Ok(());
        }
    }
}

async fn check_due(scheduler: Arc<Scheduler>, due: CheckRecord) {
    let target = target(&scheduler.vault, &due);
    let account = target.as_ref().ok().and_then(|target| account(&scheduler.vault, target));
    let report = match (target, &account) {
        (Ok(target), Some(account)) => check_unless_rejected(&scheduler, &due, target, account).await,
        (Ok(target), None) => isolated_check(&scheduler.client, target).await,
        (Err(finding), _) => CheckReport { finding, steps: Vec::new() },
    };
    let found_at = scheduler.clock.now();
    let mut random = [0];
    scheduler.entropy.fill(&mut random);
    let verdict = verdict(due.phase, due.failures, &report, scheduler.every, random[0]);
    let is_accepted = matches!(report.finding, Finding::Connected(Access::Accepted, _));
    let again = account.as_ref();
    let again = again.filter(|account| is_accepted && (due.was_rejected || scheduler.rejected.contains(account)));
    // Keep the result until it can be stored. Checking again would contact the registry, with its credentials, every
    // few seconds for as long as the disk is full.
    while let Err(error) = record_result(&scheduler, &due, &report, &verdict, found_at, again).await {
        static LOG: LogLimit = LogLimit::new();
        log_failure(&LOG, &error, "could not store the result of a check; trying again");
        tokio::time::sleep(STORE_RETRY).await;
    }
}

/// Stores a result and notifies open pages, unless the registry was changed or deleted in the meantime. `found_at` is
/// when the check ended. `again` is an account that is accepted again: the other registries that stopped because of it
/// become due.
async fn record_result(
    scheduler: &Scheduler,
    due: &CheckRecord,
    report: &CheckReport,
    verdict: &Verdict,
    found_at: i64,
    again: Option<&Account>,
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
    if checks::record_result(&mut transaction, due, &result).await? {
        let reason = verdict.reason.clone().unwrap_or_else(|| due.reason.clone());
        let status = Status { phase: verdict.phase, reason, checked: Some(found_at), checking: false, as_of: 0 };
        events::publish(&mut transaction, &Message::Status(due.id.clone(), due.workspace_id.clone(), status));
    }
    if let Some(account) = again {
        checks::plan_rejected(&mut transaction, &due.url, due.username.as_deref(), found_at).await?;
        for hash in account {
            events::publish(&mut transaction, &Message::AccountAccepted(const_hex::encode(hash)));
        }
    }
    transaction.commit().await
}

/// Checks a registry, unless nobody asked for it and its password is known to be rejected, by this registry or by
/// another one at the same host.
async fn check_unless_rejected(
    scheduler: &Scheduler,
    due: &CheckRecord,
    target: Target,
    account: &Account,
) -> CheckReport {
    let rejected = &scheduler.rejected;
    let attempt = rejected.attempt(account);
    let _first = match attempt.try_lock() {
        Ok(first) => Some(first),
        Err(_) if due.asked_at.is_some() => None,
        Err(_) => {
            drop(attempt.lock().await);
            None
        }
    };
    if due.asked_at.is_none() && rejected.contains(account) {
        return CheckReport { finding: Finding::CredentialsRejected, steps: Vec::new() };
    }
    let report = isolated_check(&scheduler.client, target).await;
    rejected.note(account, &report.finding);
    report
}

fn checked(due: &CheckRecord) -> Checked {
    (due.id.clone(), due.version)
}
