//! When registries are checked, and what becomes of what is found.
//!
//! [`run`] takes what is due, [`stored_registry`] reads it with its password, [`record_result`] writes down the outcome and says
//! when it is due again. What is due stands in the database: a restart forgets nothing. [`rejected_credentials`] spares accounts whose
//! password was rejected, and [`test_rate_limiter`] bounds what people have tested before they save it.

mod record_result;
mod rejected_credentials;
mod run;
mod stored_registry;
mod test_rate_limiter;

pub use run::{run, run_scheduler};
pub use stored_registry::StoredRegistry;

use crate::entropy::Entropy;
use crate::probe::{AddressPolicy, Client, Proxies};
use rejected_credentials::RejectedCredentials;
use std::sync::Arc;
use test_rate_limiter::TestRateLimiter;
use tokio::sync::Notify;

/// What the operator decides about checks.
#[derive(Clone, Debug)]
pub struct CheckSettings {
    /// Minutes between two checks of a registry that works; 0 where only people ask for checks.
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

/// What checks need.
pub struct Scheduler {
    pub(crate) client: Arc<Client>,
    pub(crate) test_limiter: TestRateLimiter,
    rejected: RejectedCredentials,
    /// Milliseconds between two checks; none where only people ask.
    pub(crate) every: Option<i64>,
    /// Something has become due.
    due: Notify,
}

impl Scheduler {
    pub(crate) fn new(client: Client, every_minutes: u32, entropy: &dyn Entropy) -> Self {
        let every = (every_minutes > 0).then(|| i64::from(every_minutes) * 60_000);
        Self {
            client: Arc::new(client),
            test_limiter: TestRateLimiter::new(),
            rejected: RejectedCredentials::new(entropy),
            every,
            due: Notify::new(),
        }
    }

    /// When a registry that has just been created or changed is due.
    pub(crate) fn initial_due_at(&self, now: i64) -> Option<i64> {
        self.every.map(|_| now)
    }

    /// Something has become due: does not wait for the next round.
    pub(crate) fn wake(&self) {
        self.due.notify_one();
    }
}
