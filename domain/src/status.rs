//! The status of a registry: whether it works, as of its last check.

use super::ago;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The three states of a registry connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Phase {
    /// Not checked since it was created or last changed.
    Pending,
    /// The last check succeeded.
    Connected,
    /// The last check failed.
    Failed,
}

impl Phase {
    /// Every phase, in the order a filter shows them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Connected, Self::Failed];

    /// The word used on pages, in query strings and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Connected => "Connected",
            Self::Failed => "Failed",
        }
    }

    /// The phase with this name, ignoring case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A phase, the reason for it, and its age.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    pub phase: Phase,
    /// Worded for a person. Never contains text that a registry sent.
    pub reason: String,
    /// When it was last checked, in milliseconds since 1970, or `None` if never.
    pub checked: Option<i64>,
    /// Whether a check is due or running.
    pub checking: bool,
    /// The sequence number of the last event included. Of two statuses the one with the greater number is newer, even
    /// if the clock was set back.
    pub as_of: i64,
}

impl Status {
    /// The reason, and how long before `now` (milliseconds since 1970) it was found.
    pub fn explanation(&self, now: i64) -> String {
        match (self.checked, self.checking) {
            (None, true) => "checking\u{2026}".to_owned(),
            (None, false) => self.reason.clone(),
            (Some(_), true) => format!("{} \u{b7} checking\u{2026}", self.reason),
            (Some(at), false) => format!("{} \u{b7} checked {}", self.reason, ago(at, now)),
        }
    }
}
