//! Says which secrets are sealed with which key.

use super::{KeyCommandError, KeyPlace};
use crate::storage::sealed::{self, SealedCount};
use crate::storage::{KeyRecord, StorageError, vault_key};
use crate::vault;

/// What a key is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It seals what is stored.
    Active,
    /// It opens what was sealed with it before.
    Old,
    /// A rotation to it has begun, and waits for servers that do not have it.
    Next,
    Removed,
    /// Secrets name it, but there is no record of it: nobody knows whether it ever existed.
    Unknown,
}

/// A key, and what is sealed with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStatus {
    /// Of an unknown key, what its secrets begin with.
    pub id: String,
    pub state: KeyState,
    pub passwords: u64,
    pub setup_links: u64,
}

/// All keys, the active one first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub keys: Vec<KeyStatus>,
    /// The registries whose password is not sealed with the active key: workspace, name, and the id of the key.
    pub others: Vec<(String, String, String)>,
}

/// How many registries are read at once.
const AT_ONCE: u32 = 1_000;

/// Reads which secrets are sealed with which key. The keys themselves are not needed.
///
/// # Errors
/// See [`KeyCommandError`].
pub async fn status(place: &KeyPlace) -> Result<Status, KeyCommandError> {
    let opened = place.open().await?;
    let read = async {
        let mut connection = opened.storage.snapshot().await?;
        let records = vault_key::records(&mut connection).await?;
        let counts = sealed::counts(&mut connection).await?;
        let active = records.first().map(|key| key.id.clone()).unwrap_or_default();
        let mut others = Vec::new();
        let mut after = String::new();
        loop {
            let some = sealed::passwords_of_other_keys(&mut connection, &active, &after, AT_ONCE, false).await?;
            let Some(last) = some.last() else { break };
            after.clone_from(&last.id);
            others.extend(some.into_iter().map(|one| {
                let key = vault::key_id_of(&one.password_sealed).unwrap_or("unreadable").to_owned();
                (one.workspace, one.name, key)
            }));
        }
        Ok::<_, StorageError>(Status { keys: keys(records, counts), others })
    };
    let status = read.await.map_err(opened.broken());
    opened.storage.close().await;
    status
}

fn keys(records: Vec<KeyRecord>, mut counts: Vec<SealedCount>) -> Vec<KeyStatus> {
    let mut is_first = true;
    let mut keys = Vec::new();
    for KeyRecord { id, active_since, removed_at, .. } in records {
        let state = match (removed_at, active_since) {
            (Some(_), _) => KeyState::Removed,
            (None, None) => KeyState::Next,
            (None, Some(_)) if std::mem::take(&mut is_first) => KeyState::Active,
            (None, Some(_)) => KeyState::Old,
        };
        let prefix = vault::prefix(&id);
        let counted = counts.iter().position(|count| count.prefix == prefix).map(|index| counts.swap_remove(index));
        keys.push(key_status(id, state, counted));
    }
    keys.extend(counts.into_iter().map(|count| {
        let id = vault::key_id_of(&count.prefix).unwrap_or("unreadable").to_owned();
        key_status(id, KeyState::Unknown, Some(count))
    }));
    keys
}

fn key_status(id: String, state: KeyState, counted: Option<SealedCount>) -> KeyStatus {
    let (passwords, setup_links) = counted.map_or((0, 0), |count| (count.passwords, count.setup_links));
    KeyStatus { id, state, passwords: passwords.unsigned_abs(), setup_links: setup_links.unsigned_abs() }
}
