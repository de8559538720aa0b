//! The data that pages show of the audit trail.

use crate::ui::DisplayTime;
use serde::{Deserialize, Serialize};

/// The entries on a page.
pub const AUDIT_ENTRIES_PER_PAGE: u32 = 50;

/// An entry, in words. Names are those of its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    pub id: String,
    pub at: DisplayTime,
    /// The name of the user, and of the token if there is one; empty if nobody was logged in.
    pub who: String,
    /// The name of the user alone; empty if nobody was logged in.
    pub person: String,
    /// The name of the token; `None` on a page.
    pub token: Option<String>,
    /// The word of the event.
    pub event: String,
    pub address: String,
    pub user_agent: String,
    pub what: String,
    /// `Done`, `Refused` or `Failed`.
    pub outcome: String,
    pub workspace: Option<String>,
    /// The registry, user or whatever else it was done to.
    pub object: Option<String>,
    /// What was changed, a sentence for each field.
    pub changes: Vec<String>,
}

/// One page of the trail, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    pub rows: Vec<AuditRow>,
    /// Whether there may be newer entries.
    pub newer: bool,
    /// Whether there are older entries.
    pub older: bool,
    /// For how many days entries are kept; `None` for ever.
    pub retention_days: Option<u32>,
    /// Every event: its word in queries, and its label.
    pub events: Vec<(String, String)>,
}
