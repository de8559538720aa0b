//! A check in progress: its steps so far, and the time left.

use domain::{CheckReport, Finding, Step, StepRecord};
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// The deadline of a whole check, whatever the peer does.
const CHECK_TIMEOUT: Duration = Duration::from_secs(15);

/// The time limit of one step.
#[derive(Clone, Copy, Debug)]
pub struct StepTimeout(Duration);

impl StepTimeout {
    /// For connecting to a host.
    pub const CONNECT: Self = Self(Duration::from_secs(5));
    /// For a list of tags. It may be long, and there are other ways to verify pull access.
    pub const LIST: Self = Self(Duration::from_secs(5));
    /// For a response.
    pub const RESPONSE: Self = Self(Duration::from_secs(10));
}

/// A check in progress.
pub struct CheckRun {
    steps: Vec<StepRecord>,
    deadline: Instant,
}

impl CheckRun {
    pub fn begin() -> Self {
        Self { steps: Vec::new(), deadline: Instant::now() + CHECK_TIMEOUT }
    }

    /// Runs a step within its own limit and the deadline of the check.
    pub async fn step<T>(
        &mut self,
        step: Step,
        peer: &str,
        limit: StepTimeout,
        work: impl Future<Output = Result<T, Finding>>,
    ) -> Result<T, Finding> {
        let started = Instant::now();
        let limit = limit.0.min(self.deadline.saturating_duration_since(started));
        let outcome = timeout(limit, work).await.unwrap_or(Err(Finding::TimedOut));
        self.steps.push(StepRecord {
            step,
            peer: peer.to_owned(),
            milliseconds: u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX),
            finding: outcome.as_ref().err().cloned(),
        });
        outcome
    }

    /// Applies a limit to part of a step.
    pub async fn within<T>(limit: StepTimeout, work: impl Future<Output = Result<T, Finding>>) -> Result<T, Finding> {
        timeout(limit.0, work).await.unwrap_or(Err(Finding::TimedOut))
    }

    /// Discards the last step, which is about to be repeated.
    pub fn discard_step(&mut self) {
        self.steps.pop();
    }

    /// Marks the last step as failed because of what its response means.
    pub fn fail_step(&mut self, finding: &Finding) {
        if let Some(step) = self.steps.last_mut() {
            step.finding = Some(finding.clone());
        }
    }

    /// Ends the check and returns its report.
    pub fn end(self, finding: Finding) -> CheckReport {
        CheckReport { finding, steps: self.steps }
    }
}
