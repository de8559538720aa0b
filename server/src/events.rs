//! Events for open pages.

mod open_streams;

pub use open_streams::{OpenStreams, StreamSlot};

use domain::Status;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

/// How many messages are queued for a slow stream before it lags and misses some.
const WAITING: usize = 1024;

/// Publishes events to every open stream.
///
/// Events exist only in memory: there is no outbox. They are published after the commit, so a crash in between loses
/// the event but not the change, and a stream that lags too far behind misses events. In both cases a resync follows:
/// the page loads its data again.
///
/// Events are numbered in the order in which they are published. A page carries the number of the last event before its
/// data was read, so the two can be compared even if the clock changes.
pub struct EventBus {
    streams: broadcast::Sender<Message>,
    last: Mutex<i64>,
    open: Arc<OpenStreams>,
}

/// What streams receive.
#[derive(Clone)]
pub enum Message {
    /// The new status of the registry with this id. Its `as_of` is the number of the event.
    Status(String, Status),
    /// This session has ended, so its streams must end.
    SessionEnded(String),
    /// All sessions of this account have ended.
    SessionsEnded(String),
    Shutdown,
}

impl EventBus {
    /// Numbering starts at `first`. If that is the current time, numbers are larger than in earlier runs.
    pub fn new(first: i64) -> Self {
        Self { streams: broadcast::Sender::new(WAITING), last: Mutex::new(first), open: Arc::default() }
    }

    /// The number of the last event. Call this before reading data, which may then include later events but never lacks
    /// earlier ones.
    pub fn last(&self) -> i64 {
        *self.lock()
    }

    /// Publishes a stored status. It is no error if no stream is open.
    pub fn publish(&self, registry_id: &str, status: Status) {
        let mut last = self.lock();
        *last += 1;
        // Sent under the lock, so that events arrive in the order of their numbers.
        let _ = self.streams.send(Message::Status(registry_id.to_owned(), Status { as_of: *last, ..status }));
    }

    /// Ends the streams of a session.
    pub fn end_session(&self, session_id: &str) {
        let _ = self.streams.send(Message::SessionEnded(session_id.to_owned()));
    }

    /// Ends the streams of all sessions of an account.
    pub fn end_sessions_of(&self, account_id: &str) {
        let _ = self.streams.send(Message::SessionsEnded(account_id.to_owned()));
    }

    /// Ends all streams.
    pub fn end_all(&self) {
        let _ = self.streams.send(Message::Shutdown);
    }

    fn lock(&self) -> MutexGuard<'_, i64> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn open(&self) -> &Arc<OpenStreams> {
        &self.open
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Message> {
        self.streams.subscribe()
    }
}
