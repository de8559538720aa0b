//! Follows the keys of the database while the server runs. When a new key is to be used, the server reads it, and says
//! that it has it: only then does the rotation go on.

use crate::app_state::AppState;
use crate::log_limit::LogLimit;
use crate::storage::{self, KeyRecord, vault_key};
use crate::vault::{KeySource, SealingKey};
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The interval between two looks at the database.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The interval between two attempts to read a key that is missing. The key command may ask a service that counts.
const READ_AGAIN: Duration = Duration::from_secs(5);

/// Follows the keys in a loop. Never returns.
pub async fn follow_keys(state: Arc<AppState>) {
    let mut attempt: Option<(Vec<String>, Instant)> = None;
    let mut announced = state.vault.key_ids();
    loop {
        tokio::time::sleep(POLL_INTERVAL).await;
        // While the database is down, others say so.
        let Ok(missing) = missing_keys(&state).await else { continue };
        let ids: Vec<_> = missing.iter().map(|key| key.id.clone()).collect();
        let was_just_read = attempt.as_ref().is_some_and(|(before, at)| *before == ids && at.elapsed() < READ_AGAIN);
        if !missing.is_empty() && !was_just_read {
            read_keys(&state, &missing).await;
            attempt = Some((ids, Instant::now()));
        }
        let ids = state.vault.key_ids();
        if ids != announced {
            announce(&state, &ids);
            announced = ids;
        }
    }
}

/// The keys in use, or about to be used, that the vault does not have. The vault forgets those that were removed.
async fn missing_keys(state: &AppState) -> storage::Result<Vec<KeyRecord>> {
    let mut keys = vault_key::records(&mut state.storage.reader().await?).await?;
    for removed in keys.extract_if(.., |key| key.removed_at.is_some()) {
        state.vault.forget(&removed.id);
    }
    keys.retain(|key| !state.vault.has_key(&key.id, &key.proof));
    Ok(keys)
}

/// Adds the missing keys to the vault.
async fn read_keys(state: &AppState, missing: &[KeyRecord]) {
    let source = &state.key_source;
    let found = source.read().await.unwrap_or_else(|error| {
        warn(&error, source);
        Vec::new()
    });
    for KeyRecord { id, proof, .. } in missing {
        match found.iter().find(|key| key.id() == *id) {
            Some(key) if SealingKey::new(key).is_key(id, proof) => {
                state.vault.add(key);
                tracing::info!(key = id, "read a new key");
            }
            _ => warn(&"a key is to be used that it does not hold", source),
        }
    }
}

/// Tells commands which keys this server has. On PostgreSQL, its listener does.
fn announce(state: &AppState, ids: &[String]) {
    if let Err(error) = state.folder.announce_keys(ids) {
        tracing::warn!(%error, "could not write into the data folder which keys this server has");
    }
}

fn warn(error: &dyn Display, source: &KeySource) {
    static LOG: LogLimit = LogLimit::new();
    if let Some(left_out) = LOG.allow() {
        tracing::warn!(%error, left_out, "cannot use {source}");
    }
}
