//! What happens, for whoever has a page open.

use app::domain::Status;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::broadcast;

/// How many messages may wait for a slow reader before it misses some.
const WAITING: usize = 1024;

/// Publishes events to every open stream.
///
/// Events are numbered in the order in which they are published. What a page was made from carries the number of the
/// last event before it was read, so both can be compared whatever the clock does.
pub struct EventBus {
    streams: broadcast::Sender<Message>,
    last: AtomicI64,
}

/// What streams hear.
#[derive(Clone)]
pub enum Message {
    /// The registry of this id now has this status, whose `as_of` is the number of the event.
    Status(String, Status),
    /// This session has ended, and its streams with it.
    SessionEnded(String),
    /// So have all sessions of this account.
    SessionsEnded(String),
    /// The server stops.
    Shutdown,
}

impl EventBus {
    /// Numbers begin at `first`: beyond those of an earlier run, if the time is taken for it.
    pub fn new(first: i64) -> Self {
        Self { streams: broadcast::Sender::new(WAITING), last: AtomicI64::new(first) }
    }

    /// The number of the last event. Ask before reading: what is read may contain later ones, and never lacks earlier.
    pub fn last(&self) -> i64 {
        self.last.load(Ordering::SeqCst)
    }

    /// Publishes a status that has been stored. That nobody listens is no error.
    pub fn publish(&self, registry_id: &str, status: Status) {
        let as_of = self.last.fetch_add(1, Ordering::SeqCst) + 1;
        let _ = self.streams.send(Message::Status(registry_id.to_owned(), Status { as_of, ..status }));
    }

    /// Ends the streams of a session that has ended.
    pub fn end_session(&self, session_id: &str) {
        let _ = self.streams.send(Message::SessionEnded(session_id.to_owned()));
    }

    /// Ends the streams of every session of an account.
    pub fn end_sessions_of(&self, account_id: &str) {
        let _ = self.streams.send(Message::SessionsEnded(account_id.to_owned()));
    }

    /// Ends every stream.
    pub fn end_all(&self) {
        let _ = self.streams.send(Message::Shutdown);
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Message> {
        self.streams.subscribe()
    }
}
