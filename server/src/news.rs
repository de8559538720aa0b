//! News for whoever has a page open.

use app::News as Item;
use std::sync::Arc;
use tokio::sync::broadcast;

/// How many pieces may wait for a slow reader before it misses some.
const WAITING: usize = 256;

/// Tells everyone.
pub struct News(broadcast::Sender<Told>);

/// What listeners hear.
#[derive(Clone)]
pub enum Told {
    /// A piece of news, as it crosses to the browser.
    Item(Arc<str>),
    /// The server stops.
    End,
}

impl News {
    pub fn new() -> Self {
        Self(broadcast::Sender::new(WAITING))
    }

    /// Tells a piece of news. That nobody listens is no error.
    pub fn tell(&self, item: &Item) {
        if let Ok(text) = serde_json::to_string(item) {
            let _ = self.0.send(Told::Item(text.into()));
        }
    }

    /// Ends every stream.
    pub fn end(&self) {
        let _ = self.0.send(Told::End);
    }

    pub fn listen(&self) -> broadcast::Receiver<Told> {
        self.0.subscribe()
    }
}
