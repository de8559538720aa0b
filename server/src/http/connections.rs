//! Limits the number of open connections, and decides which one to close when there are too many.
//!
//! A server that only stops accepting can be blocked by idle clients that hold every slot. Here a new connection
//! replaces the anonymous one that has been idle for longest or, if there are none, an idle one of a signed-in user.
//! Connections with a request in progress are never closed.

use super::responses::Responses;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tokio::time::{Duration, Instant};

/// The longest time that a client may take to receive what has been written: a response, or as much of it as fits into
/// one buffer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a connection may be without a request over HTTP/2. (Over HTTP/1.1, hyper's limit for the next head ends it.)
/// Closing it is no loss: the client opens another.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// How often to look for stalled connections.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// All open connections.
pub struct Connections {
    most: usize,
    start: Instant,
    next_id: AtomicU64,
    open: Mutex<HashMap<u64, Arc<Activity>>>,
    /// Notified when a slot may have become free.
    freed: Arc<Notify>,
}

/// The activity of one connection. Its requests carry it as an extension.
pub struct Activity {
    start: Instant,
    /// When bytes were last sent or received. Milliseconds since `start`.
    last: AtomicU64,
    /// When the peer stopped receiving, plus one; 0 if it has received everything. Milliseconds since `start`.
    stalled: AtomicU64,
    signed_in: AtomicBool,
    /// How many complete requests are in progress.
    answering: AtomicU32,
    evict: Notify,
    /// Notified when a new connection takes the slot of this one.
    idle: Arc<Notify>,
    /// What is being sent over HTTP/2.
    pub responses: Arc<Responses>,
}

/// Marks a complete request as in progress until dropped. Its connection is not evicted, however long it is silent: a
/// log-in may be delayed.
pub struct Answering(Arc<Activity>);

/// The slot of one connection, released when dropped.
pub struct Slot {
    connections: Arc<Connections>,
    id: u64,
    pub activity: Arc<Activity>,
}

impl Connections {
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most: most.max(1),
            start: Instant::now(),
            next_id: AtomicU64::new(0),
            open: Mutex::default(),
            freed: Arc::default(),
        })
    }

    /// Takes a slot. Waits if no connection can be evicted.
    pub async fn slot(self: &Arc<Self>) -> Slot {
        loop {
            let freed = self.freed.notified();
            if let Some(slot) = self.try_slot() {
                return slot;
            }
            freed.await;
        }
    }

    /// Closes every connection, even with requests in progress.
    pub fn close_all(&self) {
        for activity in self.open.lock().unwrap_or_else(PoisonError::into_inner).values() {
            activity.evict.notify_one();
        }
    }

    fn try_slot(self: &Arc<Self>) -> Option<Slot> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= self.most {
            let idle = open.iter().filter(|(_, activity)| !activity.is_answering());
            let first = idle.min_by_key(|(_, activity)| {
                (activity.signed_in.load(Ordering::Relaxed), activity.last.load(Ordering::Relaxed))
            });
            let silent = first.map(|(id, _)| *id)?;
            if let Some(activity) = open.remove(&silent) {
                activity.evict.notify_one();
            }
        }
        let activity = Arc::new(Activity {
            start: self.start,
            last: AtomicU64::new(milliseconds(self.start)),
            stalled: AtomicU64::new(0),
            signed_in: AtomicBool::new(false),
            answering: AtomicU32::new(0),
            evict: Notify::new(),
            idle: self.freed.clone(),
            responses: Arc::new(Responses::new(self.start)),
        });
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        open.insert(id, activity.clone());
        Some(Slot { connections: self.clone(), id, activity })
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.progress();
        self.0.answering.fetch_sub(1, Ordering::Relaxed);
        self.0.idle.notify_one();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.connections.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
        self.connections.freed.notify_one();
    }
}

impl Activity {
    fn is_answering(&self) -> bool {
        self.answering.load(Ordering::Relaxed) > 0
    }

    /// Call when a request has been received completely; keep the result until it is answered.
    pub fn answering(self: &Arc<Self>) -> Answering {
        self.answering.fetch_add(1, Ordering::Relaxed);
        Answering(self.clone())
    }

    /// Marks the connection as used by a signed-in user, until it closes.
    pub fn sign_in(&self) {
        self.signed_in.store(true, Ordering::Relaxed);
    }

    /// Call when bytes were sent or received.
    pub fn progress(&self) {
        self.last.store(milliseconds(self.start), Ordering::Relaxed);
    }

    /// Call when the peer does not receive.
    pub fn stall(&self) {
        let since = milliseconds(self.start) + 1;
        let _ = self.stalled.compare_exchange(0, since, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Call when the peer has received everything that was written.
    pub fn received(&self) {
        self.stalled.store(0, Ordering::Relaxed);
    }

    /// Waits until the connection must be closed, because it was evicted or the client does not receive. Returns the
    /// reason.
    pub async fn closed(&self) -> &'static str {
        loop {
            tokio::select! {
                () = self.evict.notified() => return "there are too many connections, and this one was silent for longest",
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let stalled = self.stalled.load(Ordering::Relaxed).checked_sub(1);
            let stalled = stalled.into_iter().chain(self.responses.stalled_since()).min();
            if stalled.is_some_and(|since| self.has_passed(WRITE_TIMEOUT, since)) {
                return "the client does not read";
            }
        }
    }

    /// Waits until a connection over HTTP/2 has been without a request for too long. `first` is how long the first one
    /// may take.
    pub async fn unused(&self, first: Duration) {
        let begun = milliseconds(self.start);
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let is_late = self.responses.is_new() && self.has_passed(first, begun);
            if is_late || self.responses.idle_since().is_some_and(|since| self.has_passed(IDLE_TIMEOUT, since)) {
                return;
            }
        }
    }

    /// Whether this time has passed since a moment, in milliseconds since `start`.
    fn has_passed(&self, time: Duration, since: u64) -> bool {
        u128::from(milliseconds(self.start).saturating_sub(since)) >= time.as_millis()
    }
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn is_evicted(slot: &Slot) -> bool {
        tokio::time::timeout(Duration::from_millis(10), slot.activity.evict.notified()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_idle_anonymous_connection_is_evicted() {
        let connections = Connections::new(3);
        let mut slots = Vec::new();
        for _ in 0..3 {
            slots.push(connections.slot().await);
            tokio::time::advance(Duration::from_millis(5)).await;
        }
        slots[0].activity.progress();
        slots[1].activity.sign_in();
        let _fourth = connections.slot().await;
        assert!(!is_evicted(&slots[0]).await && !is_evicted(&slots[1]).await && is_evicted(&slots[2]).await);
        assert_eq!(connections.open.lock().unwrap().len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn if_no_connection_can_be_evicted_a_new_one_waits() {
        let connections = Connections::new(1);
        let first = connections.slot().await;
        let answering = first.activity.answering();
        assert!(tokio::time::timeout(Duration::from_mins(1), connections.slot()).await.is_err());
        drop(first);
        connections.slot().await;
        drop(answering);
    }

    #[tokio::test(start_paused = true)]
    async fn idle_connections_of_signed_in_users_are_evicted_if_there_are_no_others() {
        let connections = Connections::new(1);
        let first = connections.slot().await;
        first.activity.sign_in();
        connections.slot().await;
        assert!(is_evicted(&first).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_with_a_request_in_progress_is_not_evicted() {
        let connections = Connections::new(1);
        let first = connections.slot().await;
        let answering = first.activity.answering();
        assert!(tokio::time::timeout(Duration::from_mins(1), connections.slot()).await.is_err());
        assert!(!is_evicted(&first).await);
        drop(answering);
        connections.slot().await;
        assert!(is_evicted(&first).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_its_response_is_disconnected() {
        let connections = Connections::new(1);
        let slot = connections.slot().await;
        slot.activity.stall();
        let ended = tokio::time::timeout(Duration::from_secs(36), slot.activity.closed());
        assert!(ended.await.is_ok());
        slot.activity.received();
        let ended = tokio::time::timeout(Duration::from_hours(1), slot.activity.closed());
        assert!(ended.await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn an_http2_connection_without_requests_is_closed_and_one_with_an_open_stream_is_not() {
        let connections = Connections::new(1);
        let slot = connections.slot().await;
        let unused = async |seconds| {
            let limit = Duration::from_secs(seconds);
            tokio::time::timeout(limit, slot.activity.unused(Duration::from_secs(10))).await.is_ok()
        };
        assert!(unused(16).await, "no request came");
        let response = slot.activity.responses.begin();
        assert!(!unused(3_600).await, "an event stream");
        drop(response);
        assert!(!unused(50).await && unused(16).await, "a minute after the last response");
    }
}
