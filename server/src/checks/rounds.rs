//! The rounds: whatever is due is checked, so many at once.

use super::keep::keep;
use super::target::StoredTarget;
use crate::backend::Portolan;
use crate::registry::{Client, Target};
use crate::trouble::Outcome;
use app::domain::{CheckReport, Finding};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{self, JoinSet};

/// The most checks at once.
const AT_ONCE: usize = 16;

/// How often due checks are looked for without a notification.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long to wait before an outcome that could not be stored is stored again.
const STORE_RETRY: Duration = Duration::from_secs(5);

/// One version of one registry: once it is changed, another check may begin beside the old one.
type Checked = (String, i64);

/// Checks whatever is due, for as long as it is polled.
pub async fn watch_over(portolan: Arc<Portolan>) {
    let mut running = JoinSet::new();
    let mut busy: HashMap<task::Id, Checked> = HashMap::new();
    let mut planned_at = None;
    loop {
        planned_at = plan_again(&portolan, planned_at).await;
        let free = AT_ONCE.saturating_sub(running.len());
        let found = match free {
            0 => Vec::new(),
            // Those that are being checked are due as well until their outcome is stored.
            _ => StoredTarget::due(&portolan, free + busy.len()).await.unwrap_or_else(|trouble| {
                tracing::error!(?trouble, "what is due could not be read");
                Vec::new()
            }),
        };
        let is_busy = |due: &StoredTarget| busy.values().any(|busy| *busy == due.key());
        for due in found.into_iter().filter(|due| !is_busy(due)).take(free).collect::<Vec<_>>() {
            let key = due.key();
            let task = running.spawn(check(portolan.clone(), due));
            busy.insert(task.id(), key);
        }
        tokio::select! {
            Some(ended) = running.join_next_with_id(), if !running.is_empty() => {
                let id = match ended {
                    Ok((id, ())) => id,
                    Err(error) => {
                        tracing::error!(%error, "a check has ended early");
                        error.id()
                    }
                };
                busy.remove(&id);
            }
            () = portolan.checks.due.notified(), if running.len() < AT_ONCE => {}
            () = tokio::time::sleep(LOOK_EVERY), if running.len() < AT_ONCE => {}
        }
    }
}

/// Brings the plan up to date at the start, after the clock was set back, and after a failure. Returns when.
async fn plan_again(portolan: &Portolan, planned_at: Option<i64>) -> Option<i64> {
    let now = portolan.clock.now();
    if planned_at.is_some_and(|before| before <= now) {
        return Some(now);
    }
    match plan(portolan, now, planned_at.is_none()).await {
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
async fn plan(portolan: &Portolan, now: i64, is_start: bool) -> Outcome<()> {
    let mut transaction = portolan.store.write().await?;
    let change = match portolan.checks.every {
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

async fn check(portolan: Arc<Portolan>, due: StoredTarget) {
    let report = match due.open(&portolan) {
        Ok(target) => run(&portolan.checks.client, target).await,
        Err(finding) => CheckReport { finding, hops: Vec::new() },
    };
    // The outcome waits until it can be stored. Checking again instead would call a registry every few seconds, with
    // its credentials, for as long as a disk is full.
    let found_at = portolan.clock.now();
    while let Err(trouble) = keep(&portolan, &due, &report, found_at).await {
        tracing::error!(?trouble, registry = due.id, "the outcome of a check could not be stored; trying again");
        tokio::time::sleep(STORE_RETRY).await;
    }
}

/// The check in a task of its own: should it panic, that is a finding as well. It ends with whoever waits for it.
pub async fn run(client: &Arc<Client>, target: Target) -> CheckReport {
    let client = client.clone();
    let mut task = JoinSet::new();
    task.spawn(async move { client.check(&target).await });
    match task.join_next().await {
        Some(Ok(report)) => report,
        _ => CheckReport { finding: Finding::CheckBroken, hops: Vec::new() },
    }
}

impl StoredTarget {
    fn key(&self) -> Checked {
        (self.id.clone(), self.version)
    }
}
