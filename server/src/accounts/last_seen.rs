//! When each session was last used, written behind.
//!
//! Every page view moves that time on. Writing it then would make reading depend on writing, so it is noted in memory,
//! and a background task stores it. What a crash loses is a few seconds of it.

use crate::backend::Portolan;
use crate::trouble::Outcome;
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
    /// The later of what is stored and what is noted. A note from a clock that was ahead does not count.
    pub fn latest(&self, session_id: &str, stored: i64, now: i64) -> i64 {
        let noted = self.lock().get(session_id).copied();
        noted.filter(|noted| *noted <= now).map_or(stored, |noted| noted.max(stored))
    }

    /// The session was used.
    pub fn note(&self, session_id: &str, now: i64) {
        self.lock().insert(session_id.to_owned(), now);
        self.noted.notify_one();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, i64>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores what is noted, for as long as it is polled.
pub async fn store_last_seen(portolan: Arc<Portolan>) {
    loop {
        portolan.last_seen.noted.notified().await;
        tokio::time::sleep(STORE_AFTER).await;
        if let Err(error) = store(&portolan).await {
            tracing::warn!(?error, "the last use of sessions could not be stored; trying again");
            portolan.last_seen.noted.notify_one();
        }
    }
}

async fn store(portolan: &Portolan) -> Outcome<()> {
    let notes = portolan.last_seen.lock().clone();
    let mut transaction = portolan.store.write().await?;
    for (session_id, at) in &notes {
        sqlx::query("update session set last_seen_at = ? where id = ?")
            .bind(at)
            .bind(session_id)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    // What was noted meanwhile stays.
    portolan.last_seen.lock().retain(|session_id, at| notes.get(session_id) != Some(at));
    Ok(())
}
