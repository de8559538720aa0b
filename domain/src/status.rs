//! Whether a registry works, as far as is known.

use super::ago;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The three states of a registry connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Phase {
    /// Not checked since it was created or last changed.
    Pending,
    /// The last check went through.
    Connected,
    /// The last check did not.
    Failed,
}

impl Phase {
    /// Every phase, in the order a filter shows them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Connected, Self::Failed];

    /// The word that people, addresses and the database use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Connected => "Connected",
            Self::Failed => "Failed",
        }
    }

    /// The phase of that word, in any letter case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A phase, why it holds, and how old that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The state.
    pub phase: Phase,
    /// Why, in words for a person. Never text from the other side.
    pub reason: String,
    /// When it was last checked, in milliseconds since 1970; none if never.
    pub checked: Option<i64>,
    /// Whether a check is due or under way.
    pub checking: bool,
    /// The last event that this contains. Of two statuses the greater one is newer, whatever the clock says.
    pub as_of: i64,
}

impl Status {
    /// Why it is so, and how long ago that was found as seen from `now` (milliseconds since 1970).
    pub fn explanation(&self, now: i64) -> String {
        match (self.checked, self.checking) {
            (None, true) => "checking\u{2026}".to_owned(),
            (None, false) => self.reason.clone(),
            (Some(_), true) => format!("{} \u{b7} checking\u{2026}", self.reason),
            (Some(at), false) => format!("{} \u{b7} checked {}", self.reason, ago(at, now)),
        }
    }
}
