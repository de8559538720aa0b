//! What the scheduler works with, and what others may ask of it.

use super::isolated_check::isolated_check;
use super::rejected_credentials::RejectedCredentials;
use super::test_rate_limiter::TestRateLimiter;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::events::EventBus;
use crate::probe::{AddressPolicy, Client, Proxies, Target};
use crate::storage::Storage;
use crate::vault::Vault;
use domain::CheckReport;
use std::sync::Arc;
use tokio::sync::Notify;

/// What the operator decides about checks.
#[derive(Clone, Debug)]
pub struct CheckSettings {
    /// Minutes between two checks of a registry that works; 0 if only people ask for checks.
    pub every_minutes: u32,
    /// Where the check may connect to.
    pub policy: AddressPolicy,
    /// The way out, if it is not direct.
    pub proxies: Arc<Proxies>,
}

impl Default for CheckSettings {
    fn default() -> Self {
        Self { every_minutes: 5, policy: AddressPolicy::default(), proxies: Arc::default() }
    }
}

/// Checks registries, and everything it needs for that.
pub struct Scheduler {
    pub(super) client: Arc<Client>,
    pub(super) storage: Storage,
    pub(super) vault: Arc<Vault>,
    pub(super) events: Arc<EventBus>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    test_limiter: TestRateLimiter,
    pub(super) rejected: RejectedCredentials,
    /// Milliseconds between two checks; none if only people ask for checks.
    pub(super) every: Option<i64>,
    /// Notified when something has become due.
    pub(super) due: Notify,
}

impl Scheduler {
    /// A scheduler that has not begun yet: see [`run_scheduler`](super::run_scheduler).
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
            rejected: RejectedCredentials::new(&*entropy),
            entropy,
            test_limiter: TestRateLimiter::new(),
            every: (every_minutes > 0).then(|| i64::from(every_minutes) * 60_000),
            due: Notify::new(),
        }
    }

    /// When a registry that has just been created or changed is due.
    pub fn initial_due_at(&self, now: i64) -> Option<i64> {
        self.every.map(|_| now)
    }

    /// Something has become due: it does not wait for the next round.
    pub fn wake(&self) {
        self.due.notify_one();
    }

    /// Checks what a person has entered, before it is saved.
    ///
    /// # Errors
    /// The seconds to wait, if this person or all people together test too often.
    pub async fn test(&self, account_id: &str, target: Target) -> Result<CheckReport, u32> {
        let _permit = self.test_limiter.try_acquire(account_id, self.clock.monotonic())?;
        Ok(isolated_check(&self.client, target).await)
    }
}
