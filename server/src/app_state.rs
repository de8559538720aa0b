//! The port, implemented: one struct that holds what every feature needs. Each trait is implemented beside
//! its feature, as a table of contents.

use crate::accounts::{Hashing, LastSeen, SetupLink, Throttle};
use crate::clock::Clock;
use crate::data_folder::DataFolder;
use crate::entropy::Entropy;
use crate::events::EventBus;
use crate::readiness::Readiness;
use crate::scheduler::Scheduler;
use crate::store::Store;
use crate::vault::Vault;
use app::Page;
use std::sync::Arc;

/// A running Portolan, without the network.
pub struct AppState {
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) hashing: Hashing,
    pub(crate) throttle: Throttle,
    pub(crate) last_seen: LastSeen,
    pub(crate) setup_link: SetupLink,
    pub(crate) scheduler: Scheduler,
    pub(crate) events: EventBus,
    pub(crate) readiness: Readiness,
    _folder: DataFolder,
}

impl AppState {
    pub(crate) async fn new(
        folder: DataFolder,
        store: Store,
        vault: Vault,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        scheduler: Scheduler,
    ) -> Result<Self, sqlx::Error> {
        let setup_link = SetupLink::new(&store, &*entropy).await?;
        let events = EventBus::new(clock.now());
        let hashing = Hashing::new();
        Ok(Self {
            store,
            vault,
            clock,
            entropy,
            hashing,
            throttle: Throttle::default(),
            last_seen: LastSeen::default(),
            setup_link,
            scheduler,
            events,
            readiness: Readiness::default(),
            _folder: folder,
        })
    }

    /// The path of the one-time link that makes the first administrator; none once there is one.
    pub fn setup_path(&self) -> Option<String> {
        self.setup_link.token().map(|token| Page::SetUp.with_query("token", &token))
    }

    /// Ends the streams that pages listen to: they would keep the server from stopping.
    pub fn end_streams(&self) {
        self.events.end_all();
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.store.close().await;
    }
}
