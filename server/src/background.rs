//! Background tasks.

use crate::app_state::AppState;
use crate::auth::store_last_seen;
use crate::features::forget_old_entries;
use crate::key_reload::follow_keys;
use crate::scheduler::run_scheduler;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// The delay before a task that ended is restarted.
const RESTART_AFTER: Duration = Duration::from_secs(1);

/// Runs all background tasks. Never returns.
pub async fn run_in_background(state: Arc<AppState>) {
    tokio::join!(
        supervise("keys", || follow_keys(state.clone())),
        supervise("checks", || run_scheduler(state.scheduler.clone())),
        supervise("retention of the audit trail", || forget_old_entries(state.clone())),
        supervise("last use of sessions", || store_last_seen(state.last_seen.clone(), state.storage.clone())),
    );
}

/// Runs a task, and restarts it if it returns or panics. Aborts it when dropped.
async fn supervise<Task: Future<Output = ()> + Send + 'static>(name: &str, start: impl Fn() -> Task) {
    loop {
        let mut running = JoinSet::new();
        running.spawn(start());
        let ended = running.join_next().await;
        let panicked = matches!(ended, Some(Err(_)));
        tracing::error!(task = name, panicked, "a background task ended; restarting it");
        tokio::time::sleep(RESTART_AFTER).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test(start_paused = true)]
    async fn a_background_task_that_ends_or_panics_is_restarted() {
        let starts = Arc::new(AtomicU32::new(0));
        let task = || {
            let starts = starts.clone();
            async move {
                assert!(starts.fetch_add(1, Ordering::SeqCst) != 1, "the second run panics");
            }
        };
        let _ = tokio::time::timeout(Duration::from_millis(3_500), supervise("test", task)).await;
        assert_eq!(starts.load(Ordering::SeqCst), 4);
    }
}
