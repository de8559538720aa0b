//! Counts the open event streams of each session.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most streams of one session at a time. A browser needs one for all tabs, or one per tab if it has no shared
/// workers.
const MOST_OF_A_SESSION: usize = 8;

#[derive(Default)]
pub struct OpenStreams(Mutex<HashMap<String, usize>>);

/// An open stream, counted until dropped.
pub struct StreamSlot {
    streams: Arc<OpenStreams>,
    session_id: String,
}

impl OpenStreams {
    /// A slot for a stream of this session; `None` if it has too many.
    pub fn take(streams: &Arc<Self>, session_id: &str) -> Option<StreamSlot> {
        let mut open = streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_session = open.entry(session_id.to_owned()).or_default();
        if *of_session >= MOST_OF_A_SESSION {
            return None;
        }
        *of_session += 1;
        Some(StreamSlot { streams: streams.clone(), session_id: session_id.to_owned() })
    }

    /// The open streams of all sessions.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

impl Drop for StreamSlot {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_session) = open.get_mut(&self.session_id) {
            *of_session -= 1;
            if *of_session == 0 {
                open.remove(&self.session_id);
            }
        }
    }
}
