//! When registries are checked, and what becomes of what is found.
//!
//! [`rounds`] takes what is due, [`target`] reads it with its password, [`keep`] writes down the outcome and says
//! when it is due again. What is due stands in the database: a restart forgets nothing. [`rejected`] spares accounts whose
//! password was rejected, and [`budget`] bounds what people have tested before they save it.

mod budget;
mod keep;
mod rejected;
mod rounds;
mod target;

pub use rounds::{run, watch_over};
pub use target::StoredTarget;

use crate::entropy::Entropy;
use crate::registry::{AddressPolicy, Client, Proxies};
use budget::Budget;
use rejected::Rejected;
use std::sync::Arc;
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
pub struct Checks {
    pub(crate) client: Arc<Client>,
    pub(crate) budget: Budget,
    rejected: Rejected,
    /// Milliseconds between two checks; none where only people ask.
    pub(crate) every: Option<i64>,
    /// Something has become due.
    due: Notify,
}

impl Checks {
    pub(crate) fn new(client: Client, every_minutes: u32, entropy: &dyn Entropy) -> Self {
        let every = (every_minutes > 0).then(|| i64::from(every_minutes) * 60_000);
        Self {
            client: Arc::new(client),
            budget: Budget::new(),
            rejected: Rejected::new(entropy),
            every,
            due: Notify::new(),
        }
    }

    /// When a registry that has just been created or changed is due.
    pub(crate) fn first(&self, now: i64) -> Option<i64> {
        self.every.map(|_| now)
    }

    /// Something has become due: does not wait for the next round.
    pub(crate) fn hurry(&self) {
        self.due.notify_one();
    }
}
