//! The rounds: whatever is due is checked, so many at once.

use super::keep::keep;
use super::target::StoredTarget;
use crate::backend::Portolan;
use crate::registry::{Client, Target};
use app::domain::{CheckReport, Finding};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// The most checks at once.
const AT_ONCE: usize = 16;

/// How often it is looked whether something is due, where nobody says so.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long a registry is left alone where its outcome could not be written down.
const AFTER_TROUBLE: Duration = Duration::from_secs(10);

/// One version of one registry: once it is changed, another check may begin beside the old one.
type Checked = (String, i64);

/// Checks whatever is due, for as long as it is polled.
pub async fn watch_over(portolan: Arc<Portolan>) {
    if let Err(trouble) = plan(&portolan).await {
        tracing::error!(?trouble, "the checks could not be planned");
    }
    let mut running = JoinSet::new();
    let mut busy: HashSet<Checked> = HashSet::new();
    loop {
        let free = AT_ONCE.saturating_sub(running.len());
        let found = match free {
            0 => Vec::new(),
            // Those that are being checked are due as well until their outcome is written down.
            _ => StoredTarget::due(&portolan, free + busy.len()).await.unwrap_or_else(|trouble| {
                tracing::error!(?trouble, "what is due could not be read");
                Vec::new()
            }),
        };
        for due in found.into_iter().filter(|due| !busy.contains(&due.key())).take(free).collect::<Vec<_>>() {
            busy.insert(due.key());
            running.spawn(check(portolan.clone(), due));
        }
        tokio::select! {
            Some(ended) = running.join_next(), if !running.is_empty() => {
                if let Ok(key) = ended {
                    busy.remove(&key);
                }
            }
            () = portolan.checks.due.notified(), if running.len() < AT_ONCE => {}
            () = tokio::time::sleep(LOOK_EVERY), if running.len() < AT_ONCE => {}
        }
    }
}

/// Brings the plan into line with the settings: with rounds everything is due some day, without them nothing is.
async fn plan(portolan: &Portolan) -> crate::trouble::Outcome<()> {
    let mut transaction = portolan.store.write().await?;
    let change = match portolan.checks.every {
        Some(_) => sqlx::query("update image_registry set next_check_at = ? where next_check_at is null")
            .bind(portolan.clock.now()),
        None => sqlx::query("update image_registry set next_check_at = null where next_check_at is not null"),
    };
    change.execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}

async fn check(portolan: Arc<Portolan>, due: StoredTarget) -> Checked {
    let report = match due.open(&portolan) {
        Ok(target) => run(&portolan.checks.client, target).await,
        Err(finding) => CheckReport { finding, hops: Vec::new() },
    };
    if let Err(trouble) = keep(&portolan, &due, &report).await {
        tracing::error!(?trouble, registry = due.id, "the outcome of a check could not be written down");
        tokio::time::sleep(AFTER_TROUBLE).await;
    }
    due.key()
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
