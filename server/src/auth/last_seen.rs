//! When each session was last used, stored in the background (write-behind).
//!
//! Every page view updates that time. Writing it at once would make reading depend on writing, so it is noted in memory,
//! and a background task stores it. A crash loses the last few seconds at most.

use crate::storage::{self, Connection, Storage, sessions};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How long notes are collected before they are stored, and how long to wait after a failure.
const STORE_AFTER: Duration = Duration::from_secs(2);

/// Notes that are not stored yet.
#[derive(Default)]
pub struct LastSeen {
    notes: Mutex<HashMap<String, i64>>,
    noted: Notify,
}

impl LastSeen {
    /// When a session was last used, as far as it is not stored yet.
    pub fn noted(&self, session_id: &str) -> Option<i64> {
        self.lock().get(session_id).copied()
    }

    /// Notes that a session was used.
    pub fn note(&self, session_id: &str, now: i64) {
        self.lock().insert(session_id.to_owned(), now);
        self.noted.notify_one();
    }

    /// Stores all notes as part of a larger change, and returns them. They stay noted until that is committed.
    pub async fn store(&self, connection: &mut Connection) -> storage::Result<HashMap<String, i64>> {
        let notes = self.lock().clone();
        sessions::set_last_seen(connection, &notes).await?;
        Ok(notes)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, i64>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores notes for as long as it is polled.
pub async fn store_last_seen(last_seen: Arc<LastSeen>, storage: Storage) {
    loop {
        last_seen.noted.notified().await;
        tokio::time::sleep(STORE_AFTER).await;
        if let Err(error) = store_noted(&last_seen, &storage).await {
            tracing::warn!(?error, "the last use of sessions could not be stored; trying again");
            last_seen.noted.notify_one();
        }
    }
}

async fn store_noted(last_seen: &LastSeen, storage: &Storage) -> storage::Result<()> {
    let mut transaction = storage.write().await?;
    let notes = last_seen.store(&mut transaction).await?;
    transaction.commit().await?;
    // What was noted in the meantime stays.
    last_seen.lock().retain(|session_id, at| notes.get(session_id) != Some(at));
    Ok(())
}
