//! The way from step to step, with the time that each took.

use domain::{CheckReport, Finding, Step, StepRecord};
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// No check takes longer than that, whatever the peer does.
const WHOLE_CHECK: Duration = Duration::from_secs(15);

/// The longest that one step may take.
#[derive(Clone, Copy, Debug)]
pub struct Limit(Duration);

impl Limit {
    /// For reaching a host.
    pub const CONNECT: Self = Self(Duration::from_secs(5));
    /// For a list of tags, which may be long: there are other ways to see whether images can be pulled.
    pub const LIST: Self = Self(Duration::from_secs(5));
    /// For an answer.
    pub const ANSWER: Self = Self(Duration::from_secs(10));
}

/// A check on its way.
pub struct CheckRun {
    steps: Vec<StepRecord>,
    deadline: Instant,
}

impl CheckRun {
    pub fn begin() -> Self {
        Self { steps: Vec::new(), deadline: Instant::now() + WHOLE_CHECK }
    }

    /// Takes a step, within its own limit and that of the whole check.
    pub async fn step<T>(
        &mut self,
        step: Step,
        peer: &str,
        limit: Limit,
        going: impl Future<Output = Result<T, Finding>>,
    ) -> Result<T, Finding> {
        let started = Instant::now();
        let limit = limit.0.min(self.deadline.saturating_duration_since(started));
        let outcome = timeout(limit, going).await.unwrap_or(Err(Finding::TimedOut));
        self.steps.push(StepRecord {
            step,
            peer: peer.to_owned(),
            milliseconds: u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX),
            finding: outcome.as_ref().err().cloned(),
        });
        outcome
    }

    /// Waits for something within a step, so long at most.
    pub async fn within<T>(limit: Limit, going: impl Future<Output = Result<T, Finding>>) -> Result<T, Finding> {
        timeout(limit.0, going).await.unwrap_or(Err(Finding::TimedOut))
    }

    /// Forgets the last step: it is taken again.
    pub fn take_again(&mut self) {
        self.steps.pop();
    }

    /// The last step was taken, and what it found speaks against the registry.
    pub fn has_failed(&mut self, finding: &Finding) {
        if let Some(step) = self.steps.last_mut() {
            step.finding = Some(finding.clone());
        }
    }

    /// The check has ended.
    pub fn end(self, finding: Finding) -> CheckReport {
        CheckReport { finding, steps: self.steps }
    }
}
