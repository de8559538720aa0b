//! The rounds: whatever is due is checked, so many at once.

use super::record_result::record_result;
use super::stored_registry::StoredRegistry;
use crate::app_state::AppState;
use crate::error::Result;
use crate::probe::{Client, Target};
use domain::{CheckReport, Finding};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{self, AbortHandle, JoinSet};
use tokio::time::Instant;

/// The most checks of rounds at once.
const AT_ONCE: usize = 16;

/// The most checks at once that somebody waits for. Rounds leave these places free.
const ASKED_AT_ONCE: usize = 16;

/// How long a check that somebody has asked for runs at least before it gives way to one that was asked for later.
const GIVES_WAY_AFTER: Duration = Duration::from_millis(500);

/// How often due checks are looked for without a notification.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long to wait before an outcome that could not be stored is stored again.
const STORE_RETRY: Duration = Duration::from_secs(5);

/// One version of one registry: once it is changed, another check may begin beside the old one.
type Checked = (String, i64);

/// Checks whatever is due, for as long as it is polled.
pub async fn run_scheduler(state: Arc<AppState>) {
    let mut checks = Running::default();
    let mut planned_at = None;
    loop {
        planned_at = reconcile_again(&state, planned_at).await;
        checks.start_asked(&state).await;
        checks.start_due(&state).await;
        tokio::select! {
            () = checks.ended(), if !checks.tasks.is_empty() => {}
            () = state.scheduler.due.notified() => {}
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
    /// Since when somebody waits for it; none for one of a round.
    asked_at: Option<i64>,
    started: Instant,
    abort: AbortHandle,
}

impl Running {
    /// Starts what people wait for. If too many do, the check that was asked for first gives way: it is still due, and
    /// begins again later.
    async fn start_asked(&mut self, state: &Arc<AppState>) {
        let asked = StoredRegistry::asked(state, ASKED_AT_ONCE + self.known.len()).await;
        for due in self.not_running(asked) {
            if self.asked().count() >= ASKED_AT_ONCE && !self.make_room_for(&due) {
                return;
            }
            self.start(state, due);
        }
    }

    /// Starts what a round wants.
    async fn start_due(&mut self, state: &Arc<AppState>) {
        let free = AT_ONCE.saturating_sub(self.known.len() - self.asked().count());
        if free > 0 {
            let due = StoredRegistry::due(state, free + self.known.len()).await;
            for due in self.not_running(due).into_iter().take(free) {
                self.start(state, due);
            }
        }
    }

    /// Those that are being checked are due as well until their outcome is stored.
    fn not_running(&self, found: Result<Vec<StoredRegistry>>) -> Vec<StoredRegistry> {
        let found = found.unwrap_or_else(|trouble| {
            tracing::error!(?trouble, "what is due could not be read");
            Vec::new()
        });
        let is_running = |due: &StoredRegistry| self.known.values().any(|known| known.checked == due.key());
        found.into_iter().filter(|due| !is_running(due)).collect()
    }

    fn asked(&self) -> impl Iterator<Item = &Known> {
        self.known.values().filter(|known| known.asked_at.is_some())
    }

    /// Ends the check that was asked for before this one, and has run for the longest time.
    fn make_room_for(&mut self, due: &StoredRegistry) -> bool {
        let older = |known: &&Known| known.asked_at < due.asked_at && known.started.elapsed() >= GIVES_WAY_AFTER;
        let Some(known) = self.asked().filter(older).min_by_key(|known| known.started) else { return false };
        known.abort.abort();
        let id = known.abort.id();
        self.known.remove(&id);
        true
    }

    fn start(&mut self, state: &Arc<AppState>, due: StoredRegistry) {
        let (checked, asked_at) = (due.key(), due.asked_at);
        let abort = self.tasks.spawn(check(state.clone(), due));
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

/// Brings the plan up to date at the start, after the clock was set back, and after a failure. Returns when.
async fn reconcile_again(state: &AppState, planned_at: Option<i64>) -> Option<i64> {
    let now = state.clock.now();
    if planned_at.is_some_and(|before| before <= now) {
        return Some(now);
    }
    match reconcile_schedule(state, now, planned_at.is_none()).await {
        Ok(()) => Some(now),
        Err(trouble) => {
            tracing::error!(?trouble, "the checks could not be planned; trying again");
            None
        }
    }
}

/// With periodic checks every registry has a next check, unless its password was rejected: nobody tries that again but a
/// person. Without periodic checks none has. What was planned or checked by a clock that was ahead is due now: its time
/// may be a day away.
async fn reconcile_schedule(state: &AppState, now: i64, is_start: bool) -> Result<()> {
    let mut transaction = state.store.write().await?;
    let change = match state.scheduler.every {
        Some(_) => sqlx::query(
            "update image_registry set next_check_at = ?1
             where next_check_at is null and coalesce(json_extract(report, '$.finding'), '') <> 'CredentialsRejected'
             or next_check_at > ?1 and coalesce(checked_at, next_check_at) > ?1",
        )
        .bind(now),
        // What somebody has asked for is due, and stays so. What a round has planned is not.
        None if is_start => {
            sqlx::query("update image_registry set next_check_at = null where next_check_at > ?").bind(now)
        }
        None => sqlx::query("update image_registry set next_check_at = ?1 where next_check_at > ?1").bind(now),
    };
    change.execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}

async fn check(state: Arc<AppState>, due: StoredRegistry) {
    let report = match due.open(&state) {
        Ok(target) => sparing_accounts(&state, &due, target).await,
        Err(finding) => CheckReport { finding, steps: Vec::new() },
    };
    // The outcome waits until it can be stored. Checking again instead would call a registry every few seconds, with
    // its credentials, for as long as a disk is full.
    let found_at = state.clock.now();
    while let Err(trouble) = record_result(&state, &due, &report, found_at).await {
        tracing::error!(?trouble, registry = due.id, "the outcome of a check could not be stored; trying again");
        tokio::time::sleep(STORE_RETRY).await;
    }
}

/// The check, unless nobody waits for it and its password is known to be rejected, by this registry or by another at the
/// same host.
async fn sparing_accounts(state: &AppState, due: &StoredRegistry, target: Target) -> CheckReport {
    let rejected = &state.scheduler.rejected;
    let Some(account) = rejected.account(&target) else { return run(&state.scheduler.client, target).await };
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
    let report = run(&state.scheduler.client, target).await;
    if rejected.note(account, &report.finding)
        && let Err(trouble) = due.check_the_others(state).await
    {
        tracing::error!(?trouble, "the other registries of an account could not be planned");
    }
    report
}

/// The check in a task of its own: should it panic, that is a finding as well. It ends with whoever waits for it.
pub async fn run(client: &Arc<Client>, target: Target) -> CheckReport {
    let client = client.clone();
    let mut task = JoinSet::new();
    task.spawn(async move { client.check(&target).await });
    match task.join_next().await {
        Some(Ok(report)) => report,
        _ => CheckReport { finding: Finding::CheckFailed, steps: Vec::new() },
    }
}

impl StoredRegistry {
    fn key(&self) -> Checked {
        (self.id.clone(), self.version)
    }
}
