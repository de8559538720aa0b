//! Records when each session and each token was last used and stores it in the background (write-behind).
//!
//! Every request updates that time. If it were written at once, reading would depend on writing, so it is recorded in
//! memory and stored by a background task. A crash loses the last few seconds.

use crate::storage::tokens::{self, TokenUse};
use crate::storage::{self, Connection, Storage, sessions};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How long times are collected before they are stored, and the delay before a retry.
const STORE_AFTER: Duration = Duration::from_secs(2);

/// Times that are not stored yet.
#[derive(Default)]
pub struct LastSeen {
    notes: Mutex<HashMap<String, i64>>,
    tokens: Mutex<HashMap<String, TokenUse>>,
    noted: Notify,
}

impl LastSeen {
    /// When the session was last used, if that is not stored yet.
    pub fn noted(&self, session_id: &str) -> Option<i64> {
        self.lock().get(session_id).copied()
    }

    /// When each session was last used whose last use is not stored yet.
    pub fn all_noted(&self) -> HashMap<String, i64> {
        self.lock().clone()
    }

    /// Records that a session was used.
    pub fn note(&self, session_id: &str, now: i64) {
        self.lock().insert(session_id.to_owned(), now);
        self.noted.notify_one();
    }

    /// Records that a token was used.
    pub fn note_token(&self, token_id: &str, used: TokenUse) {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert(token_id.to_owned(), used);
        self.noted.notify_one();
    }

    /// When and from where the token was last used, if that is not stored yet.
    pub fn noted_token(&self, token_id: &str) -> Option<TokenUse> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(token_id).cloned()
    }

    /// Stores all recorded times of sessions as part of a larger transaction, and returns them. They stay in memory until
    /// it is committed.
    pub async fn store(&self, connection: &mut Connection) -> storage::Result<HashMap<String, i64>> {
        let notes = self.all_noted();
        sessions::set_last_seen(connection, &notes).await?;
        Ok(notes)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, i64>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores recorded times in a loop. Never returns.
pub async fn store_last_seen(last_seen: Arc<LastSeen>, storage: Storage) {
    loop {
        last_seen.noted.notified().await;
        tokio::time::sleep(STORE_AFTER).await;
        if let Err(error) = store_noted(&last_seen, &storage).await {
            tracing::warn!(?error, "could not store when sessions and tokens were last used; retrying");
            last_seen.noted.notify_one();
        }
    }
}

async fn store_noted(last_seen: &LastSeen, storage: &Storage) -> storage::Result<()> {
    let mut transaction = storage.write().await?;
    let notes = last_seen.store(&mut transaction).await?;
    let uses = last_seen.tokens.lock().unwrap_or_else(PoisonError::into_inner).clone();
    tokens::set_last_used(&mut transaction, &uses).await?;
    transaction.commit().await?;
    // Keep what was recorded in the meantime.
    last_seen.lock().retain(|session_id, at| notes.get(session_id) != Some(at));
    let mut tokens = last_seen.tokens.lock().unwrap_or_else(PoisonError::into_inner);
    tokens.retain(|id, used| uses.get(id) != Some(used));
    Ok(())
}
