//! Events for open pages.

mod open_streams;

pub use open_streams::{OpenStreams, StreamSlot};

use domain::Status;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

/// How many messages may wait for a slow stream before it lags and misses some.
const WAITING: usize = 1024;

/// Publishes events to every open stream.
///
/// Events are only in memory: there is no outbox. They are published after the change is committed, so a crash in between
/// loses the event, not the change, and a stream that lags too far behind misses events. Both end with a resync: the page
/// reads again what it shows.
///
/// Events are numbered in the order in which they are published. What a page was made from carries the number of the
/// last event before it was read, so both can be compared whatever the clock does.
pub struct EventBus {
    streams: broadcast::Sender<Message>,
    last: Mutex<i64>,
    open: Arc<OpenStreams>,
}

/// What streams receive.
#[derive(Clone)]
pub enum Message {
    /// The registry of this id now has this status, whose `as_of` is the number of the event.
    Status(String, Status),
    /// This session has ended, and its streams with it.
    SessionEnded(String),
    /// All sessions of this account have ended.
    SessionsEnded(String),
    /// The server stops.
    Shutdown,
}

impl EventBus {
    /// Numbers begin at `first`: beyond those of an earlier run, if it is the current time.
    pub fn new(first: i64) -> Self {
        Self { streams: broadcast::Sender::new(WAITING), last: Mutex::new(first), open: Arc::default() }
    }

    /// The number of the last event. Ask before reading: what is read may contain later events, but never lacks earlier ones.
    pub fn last(&self) -> i64 {
        *self.lock()
    }

    /// Publishes a status that has been stored. Nobody may be listening, which is fine.
    pub fn publish(&self, registry_id: &str, status: Status) {
        let mut last = self.lock();
        *last += 1;
        // Sent while the number is held, so that events arrive in the order of their numbers.
        let _ = self.streams.send(Message::Status(registry_id.to_owned(), Status { as_of: *last, ..status }));
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

    fn lock(&self) -> MutexGuard<'_, i64> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The open streams of each session.
    pub fn open(&self) -> &Arc<OpenStreams> {
        &self.open
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Message> {
        self.streams.subscribe()
    }
}
