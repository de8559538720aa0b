//! The state that every feature and handler works with. Each feature implements its trait of `app` for it.

use crate::auth::{Hashing, LastSeen, SessionLimits, SetupLink, Throttle, WrongGuesses};
use crate::clock::Clock;
use crate::data_folder::DataFolder;
use crate::entropy::Entropy;
use crate::events::EventBus;
use crate::metrics::Metrics;
use crate::public_url::PublicUrl;
use crate::rate_limit::RateLimit;
use crate::scheduler::Scheduler;
use crate::storage::{Readiness, Storage};
use crate::vault::{KeySource, Vault};
use app::Page;
use std::sync::Arc;
use tokio::task::JoinSet;

/// A running Portolan, without the network.
pub struct AppState {
    pub(crate) storage: Storage,
    pub(crate) vault: Arc<Vault>,
    pub(crate) metrics: Arc<Metrics>,
    /// Where the keys of the vault come from.
    pub(crate) key_source: KeySource,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) events: Arc<EventBus>,
    pub(crate) scheduler: Arc<Scheduler>,
    pub(crate) hashing: Hashing,
    pub(crate) throttle: Throttle,
    pub(crate) wrong_guesses: WrongGuesses,
    /// What the audit trail records of refused requests.
    pub(crate) recorded_refusals: RateLimit,
    pub(crate) session_limits: SessionLimits,
    pub(crate) last_seen: Arc<LastSeen>,
    pub(crate) setup_link: SetupLink,
    /// Where people open the console, if the operator has said so: what links and `Origin` begin with.
    pub(crate) public_url: Option<PublicUrl>,
    pub(crate) readiness: Readiness,
    /// The data folder, locked.
    pub(crate) folder: DataFolder,
    /// Follows the events of all servers.
    pub(crate) _followed_events: JoinSet<()>,
}

impl AppState {
    /// The path of the one-time link that creates the first administrator; `None` once there is one.
    pub fn setup_path(&self) -> Option<String> {
        self.setup_link.token().map(|token| Page::SetUp.with_query("token", &token))
    }

    /// Ends all event streams, which would otherwise delay the shutdown.
    pub fn end_streams(&self) {
        self.events.end_all();
    }

    /// Gives claimed checks back and closes the database. Call this after the background tasks have ended.
    pub async fn close(&self) {
        if let Err(error) = self.scheduler.release_all().await {
            tracing::warn!(%error, "could not give claimed checks back; others take over within a minute");
        }
        self.storage.close().await;
    }
}
