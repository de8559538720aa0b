//! Receives events from PostgreSQL (`listen` and `notify`).

use super::{CONNECT_TIMEOUT, KEY_LOCKS, PostgresDatabase, SERVER_LOCK, SHARE_LOCK, key_number, open_error, pool};
use crate::storage::error::{OpenError, Result, StorageError};
use crate::storage::events::{CHANNEL, StoredEvent};
use crate::vault::Keys;
use sqlx::postgres::{PgConnectOptions, PgListener};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// After this long without an event, the connection is tested.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the test may take.
const TEST_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection of its own that listens. It also holds the locks that say that a server uses the database, and which keys
/// this server has.
pub struct PostgresListener {
    listener: PgListener,
    keys: watch::Receiver<Keys>,
    /// The keys whose locks it holds.
    locked: BTreeSet<i32>,
}

impl PostgresListener {
    /// # Errors
    /// If the database cannot be reached, or another process has locked it for itself.
    pub async fn connect(database: &PostgresDatabase, keys: watch::Receiver<Keys>) -> Result<Self, OpenError> {
        timeout(CONNECT_TIMEOUT, Self::listen(database, keys)).await.unwrap_or(Err(OpenError::NoAnswer))
    }

    async fn listen(database: &PostgresDatabase, keys: watch::Receiver<Keys>) -> Result<Self, OpenError> {
        let options = PgConnectOptions::clone(&database.options).application_name("portolan events");
        let options = options.options([("idle_session_timeout", "0")]);
        let pool = pool(1).max_lifetime(None).idle_timeout(None).connect_with(options).await.map_err(open_error)?;
        let mut listener = PgListener::connect_with(&pool).await.map_err(open_error)?;
        listener.eager_reconnect(false);
        let lock = sqlx::query_scalar(SHARE_LOCK).bind(SERVER_LOCK);
        if !lock.fetch_one(&mut listener).await.map_err(open_error)? {
            return Err(OpenError::InUse);
        }
        let mut listener = Self { listener, keys, locked: BTreeSet::new() };
        listener.lock_keys().await?;
        listener.listener.listen(CHANNEL).await.map_err(open_error)?;
        Ok(listener)
    }

    /// Takes the locks of the keys that were added to the vault.
    async fn lock_keys(&mut self) -> Result<()> {
        let keys: Vec<i32> = self.keys.borrow_and_update().iter().map(|key| key_number(key.id())).collect();
        for key in keys {
            if !self.locked.contains(&key) {
                let lock = sqlx::query("select pg_advisory_lock_shared($1, $2)").bind(KEY_LOCKS).bind(key);
                timeout(TEST_TIMEOUT, lock.execute(&mut self.listener))
                    .await
                    .map_err(|_| StorageError::EventsLost)??;
                self.locked.insert(key);
            }
        }
        Ok(())
    }

    /// Waits for the next event.
    ///
    /// # Errors
    /// If the connection is lost, and with it possibly some events.
    pub async fn next(&mut self) -> Result<StoredEvent> {
        loop {
            self.lock_keys().await?;
            tokio::select! {
                received = timeout(IDLE_TIMEOUT, self.listener.try_recv()) => if let Ok(received) = received {
                    let notification = received?.ok_or(StorageError::EventsLost)?;
                    return parse(notification.payload()).ok_or(StorageError::EventsLost);
                },
                Ok(()) = self.keys.changed() => continue,
            }
            // If the machine of the database vanishes, nothing else would ever say so.
            let test = timeout(TEST_TIMEOUT, sqlx::query("select 1").execute(&mut self.listener)).await;
            test.map_err(|_| StorageError::EventsLost)??;
        }
    }
}

/// The number and, after a space, the text.
fn parse(payload: &str) -> Option<StoredEvent> {
    let (number, text) = payload.split_once(' ')?;
    Some(StoredEvent { number: number.parse().ok()?, text: text.to_owned() })
}
