//! Who depends on registries: tokens that have read their credentials.

use crate::app_state::AppState;
use crate::clock::DAY;
use crate::display_time::display_time;
use crate::error::Result;
use crate::storage::Connection;
use crate::storage::credential_reads::{self, ConsumerRecord};
use app::image_registries::Consumer;
use domain::ago;
use std::collections::HashMap;

/// For how long a page shows a consumer. Milliseconds.
pub const SHOWN_FOR: i64 = 30 * DAY;

/// For how long a consumer is asked about before a registry is deleted or leads elsewhere. Milliseconds.
pub const RECENTLY: i64 = 7 * DAY;

/// The most consumers that a sentence names.
const MOST_NAMED: usize = 5;

/// Those who have read the credentials of a registry within this time, in milliseconds, the last reader first.
pub async fn within(
    state: &AppState,
    connection: &mut Connection,
    registry_id: &str,
    time: i64,
) -> Result<Vec<Consumer>> {
    let since = state.clock.now() - time;
    let found = credential_reads::consumers(connection, &[registry_id.to_owned()], since).await?;
    let consumer = |record: ConsumerRecord| Consumer {
        name: record.consumer,
        addresses: u32::try_from(record.addresses).unwrap_or(u32::MAX),
        last_read: display_time(record.last_read_at),
    };
    Ok(found.into_iter().map(consumer).collect())
}

/// Those who have recently read the credentials of each of these registries, in words, by the registry's id.
pub async fn recent(state: &AppState, connection: &mut Connection, ids: &[String]) -> Result<HashMap<String, String>> {
    let now = state.clock.now();
    let mut by_registry: HashMap<String, Vec<String>> = HashMap::new();
    for found in credential_reads::consumers(connection, ids, now - RECENTLY).await? {
        let addresses = match found.addresses {
            1 => "1 address".to_owned(),
            many => format!("{many} addresses"),
        };
        let sentence = format!("{} ({addresses}, {})", found.consumer, ago(found.last_read_at, now));
        by_registry.entry(found.registry_id).or_default().push(sentence);
    }
    Ok(by_registry.into_iter().map(|(id, consumers)| (id, listed(&consumers))).collect())
}

fn listed(consumers: &[String]) -> String {
    match consumers.split_at_checked(MOST_NAMED) {
        Some((some, more)) if !more.is_empty() => format!("{} and {} more", some.join(", "), more.len()),
        _ => consumers.join(", "),
    }
}
