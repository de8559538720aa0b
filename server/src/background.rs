//! Background tasks, for as long as the server runs.

use crate::app_state::AppState;
use crate::auth::store_last_seen;
use crate::scheduler::run_scheduler;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// How long to wait before a task that has ended is started again.
const RESTART_AFTER: Duration = Duration::from_secs(1);

/// Runs every background task.
pub async fn run_in_background(state: Arc<AppState>) {
    tokio::join!(
        supervise("checks", || run_scheduler(state.scheduler.clone())),
        supervise("last use of sessions", || store_last_seen(state.last_seen.clone(), state.storage.clone())),
    );
}

/// Starts a task, and starts it again whenever it ends or panics. None of ours ends by itself. Dropping this ends it.
async fn supervise<Task: Future<Output = ()> + Send + 'static>(name: &str, start: impl Fn() -> Task) {
    loop {
        let mut running = JoinSet::new();
        running.spawn(start());
        let ended = running.join_next().await;
        let panicked = matches!(ended, Some(Err(_)));
        tracing::error!(task = name, panicked, "a background task has ended; starting it again");
        tokio::time::sleep(RESTART_AFTER).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test(start_paused = true)]
    async fn a_task_that_ends_or_panics_is_started_again() {
        let starts = Arc::new(AtomicU32::new(0));
        let task = || {
            let starts = starts.clone();
            async move {
                assert!(starts.fetch_add(1, Ordering::SeqCst) != 1, "the second one panics");
            }
        };
        let _ = tokio::time::timeout(Duration::from_millis(3_500), supervise("test", task)).await;
        assert_eq!(starts.load(Ordering::SeqCst), 4);
    }
}
