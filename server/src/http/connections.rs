//! How many connections there may be at once, and which one is closed if there are too many.
//!
//! A server that only stops accepting can be shut out: idle clients hold every slot. Here the stranger's connection that
//! has been silent for longest makes room for the next; if there are no strangers, that of a signed-in person. A
//! connection whose request is being answered stays.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tokio::time::{Duration, Instant};

/// The longest that the client may take to receive what has been written for it: an answer, or as much of it as
/// fits into one buffer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How often stalled connections are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// All open connections.
pub struct Connections {
    most: usize,
    start: Instant,
    next_id: AtomicU64,
    open: Mutex<HashMap<u64, Arc<Activity>>>,
    /// There may be room for another.
    freed: Arc<Notify>,
}

/// What is known of one connection. Its requests carry it as an extension.
pub struct Activity {
    start: Instant,
    /// When bytes last came or went. Milliseconds since `start`.
    last: AtomicU64,
    /// When the peer stopped receiving, plus one; 0 if it has received everything. Milliseconds since `start`.
    stalled: AtomicU64,
    signed_in: AtomicBool,
    /// How many complete requests are being answered.
    answering: AtomicU32,
    evict: Notify,
    /// A new connection that waits for room may take this one's.
    idle: Arc<Notify>,
}

/// While a complete request is being answered, its connection stays, however silent it is: a log-in may have to wait.
pub struct Answering(Arc<Activity>);

/// One of the connections. Dropping it makes room for another.
pub struct Slot {
    connections: Arc<Connections>,
    id: u64,
    /// What is known of the connection.
    pub activity: Arc<Activity>,
}

impl Connections {
    /// Allows this many connections.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most: most.max(1),
            start: Instant::now(),
            next_id: AtomicU64::new(0),
            open: Mutex::default(),
            freed: Arc::default(),
        })
    }

    /// Takes a slot; waits for one if every connection has to stay.
    pub async fn slot(self: &Arc<Self>) -> Slot {
        loop {
            let freed = self.freed.notified();
            if let Some(slot) = self.try_slot() {
                return slot;
            }
            freed.await;
        }
    }

    /// Closes every connection, whatever goes on there.
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

    /// A request has been received completely, and is being answered until this is dropped.
    pub fn answering(self: &Arc<Self>) -> Answering {
        self.answering.fetch_add(1, Ordering::Relaxed);
        Answering(self.clone())
    }

    /// A signed-in person uses this connection. That holds for as long as it is open.
    pub fn sign_in(&self) {
        self.signed_in.store(true, Ordering::Relaxed);
    }

    /// Bytes came or went.
    pub fn progress(&self) {
        self.last.store(milliseconds(self.start), Ordering::Relaxed);
    }

    /// The other side does not receive.
    pub fn stall(&self) {
        let since = milliseconds(self.start) + 1;
        let _ = self.stalled.compare_exchange(0, since, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// It has received everything that was written.
    pub fn received(&self) {
        self.stalled.store(0, Ordering::Relaxed);
    }

    /// Waits until the connection has to go: it was evicted, or the client does not receive.
    pub async fn ended(&self) -> &'static str {
        loop {
            tokio::select! {
                () = self.evict.notified() => return "there are too many connections, and this one was silent for longest",
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let stalled = self.stalled.load(Ordering::Relaxed);
            let limit = u64::try_from(WRITE_TIMEOUT.as_millis()).unwrap_or(u64::MAX);
            if stalled > 0 && milliseconds(self.start).saturating_sub(stalled) >= limit {
                return "the other side does not read";
            }
        }
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
    async fn the_stranger_who_was_silent_for_longest_makes_room() {
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
    async fn if_every_connection_has_to_stay_the_next_one_waits() {
        let connections = Connections::new(1);
        let first = connections.slot().await;
        let answering = first.activity.answering();
        assert!(tokio::time::timeout(Duration::from_secs(60), connections.slot()).await.is_err());
        drop(first);
        connections.slot().await;
        drop(answering);
    }

    #[tokio::test(start_paused = true)]
    async fn one_session_cannot_take_every_connection_for_ever() {
        let connections = Connections::new(1);
        let first = connections.slot().await;
        first.activity.sign_in();
        connections.slot().await;
        assert!(is_evicted(&first).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_whose_request_is_being_answered_stays() {
        let connections = Connections::new(1);
        let first = connections.slot().await;
        let answering = first.activity.answering();
        assert!(tokio::time::timeout(Duration::from_secs(60), connections.slot()).await.is_err());
        assert!(!is_evicted(&first).await);
        drop(answering);
        connections.slot().await;
        assert!(is_evicted(&first).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_disconnected_and_one_that_has_received_everything_stays() {
        let connections = Connections::new(1);
        let slot = connections.slot().await;
        slot.activity.stall();
        let ended = tokio::time::timeout(Duration::from_secs(36), slot.activity.ended());
        assert!(ended.await.is_ok());
        slot.activity.received();
        let ended = tokio::time::timeout(Duration::from_secs(3600), slot.activity.ended());
        assert!(ended.await.is_err());
    }
}
