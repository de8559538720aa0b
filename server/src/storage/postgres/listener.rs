//! Receives events from PostgreSQL (`listen` and `notify`).

use super::{CONNECT_TIMEOUT, PostgresDatabase, SERVER_LOCK, SHARE_LOCK, open_error, pool};
use crate::storage::error::{OpenError, Result, StorageError};
use crate::storage::events::{CHANNEL, StoredEvent};
use sqlx::postgres::{PgConnectOptions, PgListener};
use std::time::Duration;
use tokio::time::timeout;

/// After this long without an event, the connection is tested.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the test may take.
const TEST_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection of its own that listens. It also holds the lock that says that a server uses the database.
pub struct PostgresListener(PgListener);

impl PostgresListener {
    /// # Errors
    /// If the database cannot be reached, or another process has locked it for itself.
    pub async fn connect(database: &PostgresDatabase) -> Result<Self, OpenError> {
        timeout(CONNECT_TIMEOUT, Self::listen(database)).await.unwrap_or(Err(OpenError::NoAnswer))
    }

    async fn listen(database: &PostgresDatabase) -> Result<Self, OpenError> {
        let options = PgConnectOptions::clone(&database.options).application_name("portolan events");
        let options = options.options([("idle_session_timeout", "0")]);
        let pool = pool(1).max_lifetime(None).idle_timeout(None).connect_with(options).await.map_err(open_error)?;
        let mut listener = PgListener::connect_with(&pool).await.map_err(open_error)?;
        listener.eager_reconnect(false);
        let lock = sqlx::query_scalar(SHARE_LOCK).bind(SERVER_LOCK);
        if !lock.fetch_one(&mut listener).await.map_err(open_error)? {
            return Err(OpenError::InUse);
        }
        listener.listen(CHANNEL).await.map_err(open_error)?;
        Ok(Self(listener))
    }

    /// Waits for the next event.
    ///
    /// # Errors
    /// If the connection is lost, and with it possibly some events.
    pub async fn next(&mut self) -> Result<StoredEvent> {
        loop {
            if let Ok(received) = timeout(IDLE_TIMEOUT, self.0.try_recv()).await {
                let notification = received?.ok_or(StorageError::EventsLost)?;
                return parse(notification.payload()).ok_or(StorageError::EventsLost);
            }
            // If the machine of the database vanishes, nothing else would ever say so.
            let test = timeout(TEST_TIMEOUT, sqlx::query("select 1").execute(&mut self.0)).await;
            test.map_err(|_| StorageError::EventsLost)??;
        }
    }
}

/// The number and, after a space, the text.
fn parse(payload: &str) -> Option<StoredEvent> {
    let (number, text) = payload.split_once(' ')?;
    Some(StoredEvent { number: number.parse().ok()?, text: text.to_owned() })
}
