//! Events for open pages.

mod follow;
mod open_streams;

pub use follow::follow_events;
pub use open_streams::{OpenStreams, StreamSlot};

use crate::storage::{StoredEvent, WriteTransaction};
use domain::Status;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::broadcast;

/// How many messages are queued for a slow stream before it lags and misses some.
const WAITING: usize = 1024;

/// The longest text of an event. PostgreSQL allows less than 8,000 bytes, number included. Bytes.
const LONGEST_TEXT: usize = 7_000;

/// Passes events on to every open stream of this server.
///
/// An event is published with a change, and arrives here, as on every other server on the database, after the commit.
/// There is no outbox: a stream that lags too far behind misses events, and so does a server that loses the connection
/// to the database. In both cases a resync follows: the page loads its data again.
pub struct EventBus {
    streams: broadcast::Sender<(i64, Message)>,
    last: AtomicI64,
    open: Arc<OpenStreams>,
}

/// What streams receive. All but the last are published, as JSON.
#[derive(Clone, Serialize, Deserialize)]
pub enum Message {
    /// The new status of the registry with this id, in the workspace with that id. Its `as_of` is the number of the
    /// event.
    Status(String, String, Status),
    /// This session has ended, so its streams must end.
    SessionEnded(String),
    /// All sessions of this account have ended.
    SessionsEnded(String),
    /// What this account may do has changed, so its streams must begin anew.
    RightsChanged(String),
    /// The registry accepts an account again whose password it had rejected: its keyed hash, in hexadecimal digits.
    AccountAccepted(String),
    /// Pages must load their data again.
    Resync,
    /// All streams must end.
    #[serde(skip)]
    StreamsEnded,
}

/// Publishes a message with the commit of a change.
pub fn publish(transaction: &mut WriteTransaction, message: &Message) {
    let text = |message| serde_json::to_string(message).unwrap_or_default();
    let mut json = text(message);
    if json.len() > LONGEST_TEXT {
        json = text(&Message::Resync);
    }
    transaction.publish(json);
}

impl EventBus {
    /// `last` is the number of the last event before.
    pub fn new(last: i64) -> Self {
        Self { streams: broadcast::Sender::new(WAITING), last: AtomicI64::new(last), open: Arc::default() }
    }

    /// The number of the last event that arrived. Data that are read afterwards include it.
    pub fn last(&self) -> i64 {
        self.last.load(Ordering::SeqCst)
    }

    /// Ends all streams. Their browsers open others, and are authenticated again.
    pub fn end_all(&self) {
        let _ = self.streams.send((self.last(), Message::StreamsEnded));
    }

    pub fn open(&self) -> &Arc<OpenStreams> {
        &self.open
    }

    /// Receives messages with their numbers.
    pub fn subscribe(&self) -> broadcast::Receiver<(i64, Message)> {
        self.streams.subscribe()
    }

    /// Passes an event on. It is no error if no stream is open.
    fn pass_on(&self, StoredEvent { number, text }: StoredEvent) {
        let message = match serde_json::from_str(&text) {
            Ok(Message::Status(id, workspace_id, status)) => {
                Message::Status(id, workspace_id, Status { as_of: number, ..status })
            }
            Ok(message) => message,
            // During an upgrade, a newer version may publish something new.
            Err(_) => Message::Resync,
        };
        // First, so that a stream that begins in between hears the event or has its number.
        self.last.fetch_max(number, Ordering::SeqCst);
        let _ = self.streams.send((number, message));
    }

    /// Begins anew after events may have been lost.
    fn reset(&self, last: i64) {
        self.last.store(last, Ordering::SeqCst);
        self.end_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_another_version_makes_pages_load_their_data_again() {
        let bus = EventBus::new(5);
        let mut stream = bus.subscribe();
        bus.pass_on(StoredEvent { number: 6, text: r#"{"Renamed":"x"}"#.to_owned() });
        assert!(matches!(stream.try_recv(), Ok((6, Message::Resync))));
        assert_eq!(bus.last(), 6);
    }
}
