//! The scheduler's state and its interface for other modules.

use super::isolated_check::isolated_check;
use super::rejected_credentials::RejectedCredentials;
use super::test_rate_limiter::{TestRateLimiter, TestSlot};
use crate::clock::Clock;
use crate::entropy::{self, Entropy};
use crate::events::EventBus;
use crate::probe::{AddressPolicy, Client, Proxies, Target};
use crate::storage::{self, Storage, leases};
use crate::vault::Vault;
use domain::CheckReport;
use std::sync::Arc;
use tokio::sync::Notify;

/// The operator's settings for checks.
#[derive(Clone, Debug)]
pub struct CheckSettings {
    /// Minutes between two checks of a working registry; 0 if only people ask for checks.
    pub every_minutes: u32,
    /// Which addresses checks may connect to.
    pub policy: AddressPolicy,
    pub proxies: Arc<Proxies>,
}

impl Default for CheckSettings {
    fn default() -> Self {
        Self { every_minutes: 5, policy: AddressPolicy::default(), proxies: Arc::default() }
    }
}

/// Schedules and runs checks.
pub struct Scheduler {
    pub(super) client: Arc<Client>,
    pub(super) events: Arc<EventBus>,
    pub(super) storage: Storage,
    pub(super) vault: Arc<Vault>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    /// What this server calls itself in leases.
    pub(super) server_id: String,
    test_limiter: TestRateLimiter,
    pub(super) rejected: RejectedCredentials,
    /// Milliseconds between two checks; `None` if only people ask for checks.
    pub(super) every: Option<i64>,
    /// Notified when a check becomes due.
    pub(super) due: Notify,
}

impl Scheduler {
    /// Creates a scheduler. [`run_scheduler`](super::run_scheduler) starts it.
    pub fn new(
        client: Client,
        every_minutes: u32,
        storage: Storage,
        vault: Arc<Vault>,
        events: Arc<EventBus>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            client: Arc::new(client),
            storage,
            vault,
            events,
            clock,
            server_id: entropy::id(&*entropy),
            rejected: RejectedCredentials::default(),
            entropy,
            test_limiter: TestRateLimiter::new(),
            every: (every_minutes > 0).then(|| i64::from(every_minutes) * 60_000),
            due: Notify::new(),
        }
    }

    /// When the first check of a new or changed registry is due.
    pub fn initial_due_at(&self, now: i64) -> Option<i64> {
        self.every.map(|_| now)
    }

    /// Wakes the scheduler, because a check has become due.
    pub fn wake(&self) {
        self.due.notify_one();
    }

    /// Gives back the checks that this server has claimed, so that others need not wait for the leases to run out.
    ///
    /// # Errors
    /// If that cannot be stored.
    pub async fn release_all(&self) -> storage::Result<()> {
        if self.storage.is_shared() {
            leases::release_all(&mut self.storage.reader().await?, &self.server_id).await?;
        }
        Ok(())
    }

    /// Lets a person test a connection.
    ///
    /// # Errors
    /// The seconds to wait, if this person or all people together run too many tests.
    pub fn test_slot(&self, account_id: &str) -> Result<TestSlot, u32> {
        self.test_limiter.try_acquire(account_id, self.clock.monotonic())
    }

    /// Checks what a person has entered, before it is saved.
    pub async fn test(&self, _slot: TestSlot, target: Target) -> CheckReport {
        isolated_check(&self.client, target).await
    }
}
