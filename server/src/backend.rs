//! The port, implemented: one struct that holds what every feature needs. Each trait is implemented beside
//! its feature, as a table of contents.

use crate::accounts::{Hashing, LastSeen, SetupLink, Throttle};
use crate::checks::Checks;
use crate::clock::Clock;
use crate::data_folder::DataFolder;
use crate::entropy::Entropy;
use crate::events::EventBus;
use crate::http::Cookies;
use crate::readiness::Readiness;
use crate::store::Store;
use crate::vault::Vault;
use std::sync::{Arc, OnceLock};

/// A running Portolan, without the network.
pub struct Portolan {
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) hashing: Hashing,
    pub(crate) throttle: Throttle,
    pub(crate) last_seen: LastSeen,
    pub(crate) setup_link: SetupLink,
    pub(crate) checks: Checks,
    pub(crate) events: EventBus,
    pub(crate) readiness: Readiness,
    cookies: OnceLock<Cookies>,
    _folder: DataFolder,
}

impl Portolan {
    pub(crate) async fn new(
        folder: DataFolder,
        store: Store,
        vault: Vault,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        checks: Checks,
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
            checks,
            events,
            readiness: Readiness::default(),
            cookies: OnceLock::new(),
            _folder: folder,
        })
    }

    /// The path of the one-time link that makes the first administrator; none once there is one.
    pub fn setup_path(&self) -> Option<String> {
        self.setup_link.token().map(|token| format!("/setup?token={token}"))
    }

    /// How session cookies are written. The router says so once; secure until then.
    pub(crate) fn cookies(&self) -> Cookies {
        self.cookies.get().copied().unwrap_or(Cookies::Secure)
    }

    pub(crate) fn write_cookies(&self, cookies: Cookies) {
        let _ = self.cookies.set(cookies);
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
