//! When each session was last used, stored in the background.
//!
//! Every page view updates that time. Writing it then would make reading depend on writing, so it is noted in memory,
//! and a background task stores it. A stop loses a few seconds of it at most.

use crate::app_state::AppState;
use crate::error::Result;
use sqlx::{Sqlite, Transaction};
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
    /// What is noted of a session.
    pub fn noted(&self, session_id: &str) -> Option<i64> {
        self.lock().get(session_id).copied()
    }

    /// The session was used.
    pub fn note(&self, session_id: &str, now: i64) {
        self.lock().insert(session_id.to_owned(), now);
        self.noted.notify_one();
    }

    /// Stores what is noted, as part of a larger change; returns it. The notes stay until they are committed.
    pub async fn store(&self, transaction: &mut Transaction<'_, Sqlite>) -> Result<HashMap<String, i64>, sqlx::Error> {
        let notes = self.lock().clone();
        for (session_id, at) in &notes {
            sqlx::query("update session set last_seen_at = ? where id = ?")
                .bind(at)
                .bind(session_id)
                .execute(&mut **transaction)
                .await?;
        }
        Ok(notes)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, i64>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores what is noted, for as long as it is polled.
pub async fn store_last_seen(state: Arc<AppState>) {
    loop {
        state.last_seen.noted.notified().await;
        tokio::time::sleep(STORE_AFTER).await;
        if let Err(error) = store_noted(&state).await {
            tracing::warn!(?error, "the last use of sessions could not be stored; trying again");
            state.last_seen.noted.notify_one();
        }
    }
}

async fn store_noted(state: &AppState) -> Result<()> {
    let mut transaction = state.store.write().await?;
    let notes = state.last_seen.store(&mut transaction).await?;
    transaction.commit().await?;
    // What was noted meanwhile stays.
    state.last_seen.lock().retain(|session_id, at| notes.get(session_id) != Some(at));
    Ok(())
}
