//! Removes a key that nothing is sealed with.

use super::{KeyCommandError, KeyPlace, Opened, file};
use crate::clock::Clock;
use crate::storage::{sealed, vault_key};
use crate::vault::{KeySource, replace_key_file};

/// What was removed.
#[derive(Debug)]
pub struct Removed {
    /// Where the remaining key is.
    pub source: KeySource,
    /// Whether the key was removed from there. Otherwise the operator has to.
    pub is_gone: bool,
}

/// Removes a key from the records, and from the key file. It is never used again.
///
/// # Errors
/// See [`KeyCommandError`].
pub async fn remove(place: &KeyPlace, id: &str, clock: &dyn Clock) -> Result<Removed, KeyCommandError> {
    let opened = place.open().await?;
    let lock = opened.lock().await?;
    let removed = match remove_record(&opened, id, clock).await {
        // Last, so that a failure leaves a key too many and not one too few.
        Ok(active) => remove_from_source(&opened, id, &active).await,
        Err(error) => Err(error),
    };
    opened.storage.close().await;
    drop(lock);
    removed
}

/// Returns the id of the active key.
async fn remove_record(opened: &Opened, id: &str, clock: &dyn Clock) -> Result<String, KeyCommandError> {
    let broken = opened.broken();
    let mut transaction = opened.storage.write().await.map_err(&broken)?;
    transaction.lock_vault_key().await.map_err(&broken)?;
    let active = vault_key::active(&mut transaction).await.map_err(&broken)?;
    if active == id {
        return Err(KeyCommandError::IsActive(active));
    }
    let records = vault_key::records(&mut transaction).await.map_err(&broken)?;
    let record = records.into_iter().find(|key| key.id == id);
    let record = record.ok_or_else(|| KeyCommandError::NoSuchKey(id.to_owned()))?;
    let count = sealed::count(&mut transaction, id).await.map_err(&broken)?;
    if count > 0 {
        return Err(KeyCommandError::RowsLeft { count, id: id.to_owned() });
    }
    // The command may have been interrupted after this step.
    if record.removed_at.is_none() {
        vault_key::remove(&mut transaction, id, clock.now()).await.map_err(&broken)?;
        transaction.commit().await.map_err(&broken)?;
    }
    Ok(active)
}

async fn remove_from_source(opened: &Opened, id: &str, active: &str) -> Result<Removed, KeyCommandError> {
    let source = opened.source.clone();
    let keys = source.read().await.map_err(|error| KeyCommandError::Key(source.clone(), error))?;
    let remaining: Vec<_> = keys.iter().filter(|key| key.id() != id).cloned().collect();
    let is_there = remaining.len() < keys.len();
    let can_be_left = remaining.iter().any(|key| key.id() == active);
    match file(&source) {
        Some(path) if is_there && can_be_left => {
            replace_key_file(path, &remaining).map_err(|error| KeyCommandError::Key(source.clone(), error))?;
            Ok(Removed { source, is_gone: true })
        }
        _ => Ok(Removed { is_gone: !is_there, source }),
    }
}
