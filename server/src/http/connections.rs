//! How many connections there may be at once, and which one goes if there are too many.
//!
//! A server that only stops accepting can be closed from outside: strangers who send nothing hold every place. Here the
//! stranger's connection that has been silent for longest makes room for the next. Connections that have carried a
//! request with a session stay.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tokio::time::{Duration, Instant};

/// The longest that the other side may take to receive what has been written for it: an answer, or as much of it as
/// fits into one buffer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How often it is looked whether that has passed.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// All open connections.
pub struct Connections {
    most: usize,
    start: Instant,
    next_id: AtomicU64,
    open: Mutex<HashMap<u64, Arc<Activity>>>,
    /// A place has become free.
    freed: Notify,
}

/// What is known of one connection. Its requests carry it as an extension.
pub struct Activity {
    start: Instant,
    /// When bytes last came or went. Milliseconds since `start`.
    last: AtomicU64,
    /// Since when written bytes have not been received, plus one; 0 if all have. Milliseconds since `start`.
    stalled: AtomicU64,
    signed_in: AtomicBool,
    evict: Notify,
}

/// A place among the connections. Dropping it makes the place free.
pub struct Place {
    connections: Arc<Connections>,
    id: u64,
    /// What is known of the connection.
    pub activity: Arc<Activity>,
}

impl Connections {
    /// Room for so many.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most: most.max(1),
            start: Instant::now(),
            next_id: AtomicU64::new(0),
            open: Mutex::default(),
            freed: Notify::new(),
        })
    }

    /// Takes a place; waits for one if every connection is signed in.
    pub async fn place(self: &Arc<Self>) -> Place {
        loop {
            let freed = self.freed.notified();
            if let Some(place) = self.try_place() {
                return place;
            }
            freed.await;
        }
    }

    fn try_place(self: &Arc<Self>) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= self.most {
            let strangers = open.iter().filter(|(_, activity)| !activity.signed_in.load(Ordering::Relaxed));
            let silent =
                strangers.min_by_key(|(_, activity)| activity.last.load(Ordering::Relaxed)).map(|(id, _)| *id)?;
            if let Some(activity) = open.remove(&silent) {
                activity.evict.notify_one();
            }
        }
        let activity = Arc::new(Activity {
            start: self.start,
            last: AtomicU64::new(milliseconds(self.start)),
            stalled: AtomicU64::new(0),
            signed_in: AtomicBool::new(false),
            evict: Notify::new(),
        });
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        open.insert(id, activity.clone());
        Some(Place { connections: self.clone(), id, activity })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
        self.connections.freed.notify_one();
    }
}

impl Activity {
    /// Whoever speaks here is signed in.
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

    /// Waits until the connection has to go: it was evicted, or the other side does not receive.
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

    async fn is_evicted(place: &Place) -> bool {
        tokio::time::timeout(Duration::from_millis(10), place.activity.evict.notified()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn the_stranger_who_was_silent_for_longest_makes_room() {
        let connections = Connections::new(3);
        let mut places = Vec::new();
        for _ in 0..3 {
            places.push(connections.place().await);
            tokio::time::advance(Duration::from_millis(5)).await;
        }
        places[0].activity.progress();
        places[1].activity.sign_in();
        let _fourth = connections.place().await;
        assert!(!is_evicted(&places[0]).await && !is_evicted(&places[1]).await && is_evicted(&places[2]).await);
        assert_eq!(connections.open.lock().unwrap().len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn where_everybody_is_signed_in_the_next_waits() {
        let connections = Connections::new(1);
        let first = connections.place().await;
        first.activity.sign_in();
        assert!(tokio::time::timeout(Duration::from_secs(60), connections.place()).await.is_err());
        drop(first);
        connections.place().await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_read_is_hung_up_on_and_who_reads_slowly_is_not() {
        let connections = Connections::new(1);
        let place = connections.place().await;
        place.activity.stall();
        let ended = tokio::time::timeout(Duration::from_secs(36), place.activity.ended());
        assert!(ended.await.is_ok());
        place.activity.received();
        let ended = tokio::time::timeout(Duration::from_secs(3600), place.activity.ended());
        assert!(ended.await.is_err());
    }
}
