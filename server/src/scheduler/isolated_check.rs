//! Runs a check in isolation from the scheduler.

use crate::probe::{Client, Target};
use domain::{CheckReport, Finding};
use std::sync::Arc;
use tokio::task::JoinSet;
use tracing::Instrument;

/// Checks in a separate task, so that a panic becomes a finding. Aborts the check when dropped.
pub async fn isolated_check(client: &Arc<Client>, target: Target) -> CheckReport {
    let client = client.clone();
    let mut task = JoinSet::new();
    task.spawn(async move { client.check(&target).await }.in_current_span());
    match task.join_next().await {
        Some(Ok(report)) => report,
        _ => CheckReport { finding: Finding::CheckFailed, steps: Vec::new() },
    }
}
