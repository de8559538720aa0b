//! Events that are published with a change, and reach every server on the database.
//!
//! Each event has a number. Numbers grow in the order of the commits, so whoever reads the last number together with
//! other data knows which events these data include, whatever server publishes them.

use super::database::{Connection, Storage};
use super::error::{OpenError, Result, StorageError};
use super::postgres::PostgresListener;
use crate::vault::Keys;
use tokio::sync::broadcast::Receiver;
use tokio::sync::watch;

/// The channel of the events on PostgreSQL.
pub(super) const CHANNEL: &str = "portolan_events";

/// How many events may wait for a listener on SQLite, which only copies them.
pub(super) const WAITING: usize = 1024;

/// An event that has been committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    pub number: i64,
    /// What was published. The database does not look into it.
    pub text: String,
}

/// Receives the events of all servers on the database.
pub enum Listener {
    /// The folder of the file is locked, so this is the only server.
    Sqlite(Receiver<StoredEvent>),
    Postgres(Box<PostgresListener>),
}

impl Storage {
    /// Receives all events from now on. Returns also the number of the last event before. As long as the listener lives,
    /// it tells others on a PostgreSQL database which keys this server has.
    ///
    /// # Errors
    /// If the database cannot be reached, or is locked because it is being moved.
    pub async fn listen(&self, keys: watch::Receiver<Keys>) -> Result<(Listener, i64), OpenError> {
        let listener = match self {
            Self::Sqlite { events, .. } => Listener::Sqlite(events.subscribe()),
            Self::Postgres(database) => Listener::Postgres(Box::new(PostgresListener::connect(database, keys).await?)),
        };
        Ok((listener, last_number(&mut self.reader().await?).await?))
    }
}

impl Listener {
    /// Waits for the next event.
    ///
    /// # Errors
    /// If events may have been lost. Listen again, and read everything anew.
    pub async fn next(&mut self) -> Result<StoredEvent> {
        match self {
            Self::Sqlite(events) => events.recv().await.map_err(|_| StorageError::EventsLost),
            Self::Postgres(listener) => listener.next().await,
        }
    }
}

/// The statement that numbers and sends an event, for PostgreSQL. Other transactions that publish wait from here to the
/// commit. Numbers are never smaller than the time in milliseconds, so that they grow even if the database was restored
/// from a backup.
pub(super) fn notify(text: &str) -> String {
    format!(
        "with next as (update event_counter set number =
         greatest(number + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint) returning number)
         select pg_notify('{CHANNEL}', number || ' ' || '{}') from next;\n",
        // The connection has standard_conforming_strings, so nothing else has a meaning.
        text.replace('\'', "''"),
    )
}

/// Numbers an event, for SQLite.
pub(super) async fn next_number(connection: &mut Connection) -> Result<i64> {
    let next = "update event_counter set number =
                max(number + 1, cast(unixepoch('subsec') * 1000 as integer)) returning number";
    connection.query(next).fetch_scalar().await
}

/// The number of the last event.
async fn last_number(connection: &mut Connection) -> Result<i64> {
    connection.query("select number from event_counter").fetch_scalar().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::on_both_engines;
    use crate::vault::Vault;

    fn no_keys() -> watch::Receiver<Keys> {
        Vault::new(&[]).watch_keys()
    }

    #[tokio::test]
    async fn events_arrive_with_the_commit_in_the_order_of_their_numbers() {
        on_both_engines(async |storage| {
            let (mut listener, last) = storage.listen(no_keys()).await.unwrap();
            let mut dropped = storage.write().await.unwrap();
            dropped.publish("dropped".to_owned());
            drop(dropped);
            let mut changes = Vec::new();
            for change in 0..20 {
                let storage = storage.clone();
                changes.push(tokio::spawn(async move {
                    let mut transaction = storage.write().await.unwrap();
                    transaction.publish(format!("a {change} isn't quoted \\"));
                    transaction.publish(format!("b {change}"));
                    transaction.commit().await.unwrap();
                }));
            }
            for change in changes {
                change.await.unwrap();
            }
            let mut before = last;
            let mut texts = Vec::new();
            for _ in 0..40 {
                let event = listener.next().await.unwrap();
                assert!(event.number > before, "{before} {event:?}");
                before = event.number;
                texts.push(event.text);
            }
            texts.sort();
            texts.dedup();
            assert_eq!(texts.len(), 40);
            assert!(texts.contains(&"a 7 isn't quoted \\".to_owned()), "{texts:?}");
            let (_, last) = storage.listen(no_keys()).await.unwrap();
            assert_eq!(last, before);
            assert_eq!(last_number(&mut storage.reader().await.unwrap()).await.unwrap(), last);
        })
        .await;
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_during_the_commit_does_not_lose_the_event() {
        on_both_engines(async |storage| {
            let (mut listener, _) = storage.listen(no_keys()).await.unwrap();
            let mut transaction = storage.write().await.unwrap();
            transaction.publish("committed".to_owned());
            let mut commit = Box::pin(transaction.commit());
            let _ = futures_util::poll!(commit.as_mut());
            drop(commit);
            assert_eq!(listener.next().await.unwrap().text, "committed");
        })
        .await;
    }
}
