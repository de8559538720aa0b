//! News for whoever has a page open.

use app::News as Item;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::broadcast;

/// How many pieces may wait for a slow reader before it misses some.
const WAITING: usize = 256;

/// Tells everyone.
pub struct News {
    listeners: broadcast::Sender<Told>,
    /// When the last piece was told. Milliseconds since 1970.
    last: AtomicI64,
}

/// What listeners hear.
#[derive(Clone)]
pub enum Told {
    /// A piece of news, as it crosses to the browser.
    Item(Arc<str>),
    /// The server stops.
    End,
}

impl News {
    /// Nothing is known of what was told before the start: it may have been something.
    pub fn new(started: i64) -> Self {
        Self { listeners: broadcast::Sender::new(WAITING), last: AtomicI64::new(started) }
    }

    /// Tells a piece of news, which can be read from now on. That nobody listens is no error.
    pub fn tell(&self, item: &Item, now: i64) {
        self.last.fetch_max(now, Ordering::SeqCst);
        if let Ok(text) = serde_json::to_string(item) {
            let _ = self.listeners.send(Told::Item(text.into()));
        }
    }

    /// Whether something may have been told to others than whoever has read at that time and listens only now.
    pub fn is_past(&self, read_at: i64) -> bool {
        self.last.load(Ordering::SeqCst) >= read_at
    }

    /// Ends every stream.
    pub fn end(&self) {
        let _ = self.listeners.send(Told::End);
    }

    pub fn listen(&self) -> broadcast::Receiver<Told> {
        self.listeners.subscribe()
    }
}
