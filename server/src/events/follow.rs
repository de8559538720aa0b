//! Follows the events of all servers on the database.

use super::EventBus;
use crate::storage::{Listener, Storage};
use crate::vault::Vault;
use std::sync::Arc;
use std::time::Duration;

/// The delay before another attempt to listen.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Passes events on to the streams in a loop. If some may have been lost, all streams end: one of these events may have
/// been that a session has ended, and a page that connects again learns that it has missed something. Never returns.
pub async fn follow_events(bus: Arc<EventBus>, storage: Storage, vault: Arc<Vault>, mut listener: Listener) {
    loop {
        let lost = loop {
            match listener.next().await {
                Ok(event) => bus.pass_on(event),
                Err(error) => break error,
            }
        };
        tracing::warn!(error = %lost, "no longer listening for events; trying again");
        bus.end_all();
        listener = listen_again(&bus, &storage, &vault).await;
    }
}

async fn listen_again(bus: &EventBus, storage: &Storage, vault: &Vault) -> Listener {
    loop {
        match storage.listen(vault.watch_keys()).await {
            Ok((listener, last)) => {
                bus.reset(last);
                tracing::info!("listening for events again");
                return listener;
            }
            Err(error) => tracing::warn!(%error, "cannot listen for events"),
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
}
