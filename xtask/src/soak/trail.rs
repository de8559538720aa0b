//! The audit trail, as a witness of what was changed.

use super::journal::Journal;
use crate::command::TaskResult;
use crate::http::Client;
use serde_json::Value;
use std::collections::BTreeMap;

/// How often the trail says that a registry was created, edited and deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    pub created: u32,
    pub edited: u32,
    pub deleted: u32,
}

/// Every change in these journals without its entry, and every entry without its change. The journals hold all changes,
/// and nothing in them is uncertain.
pub fn problems<'j>(client: &Client, journals: impl Iterator<Item = &'j Journal>) -> TaskResult<Vec<String>> {
    let mut trail = read(client)?;
    let mut problems: Vec<String> = journals.flat_map(|journal| journal.compare_trail(&mut trail)).collect();
    let left = trail.into_iter().filter(|(_, entries)| *entries != Entries::default());
    problems.extend(
        left.map(|(name, entries)| format!("the audit trail has {entries:?} of {name}, which nobody has changed")),
    );
    Ok(problems)
}

/// Downloads the trail. By name of the registry.
fn read(client: &Client) -> TaskResult<BTreeMap<String, Entries>> {
    let mut trail = BTreeMap::<String, Entries>::new();
    for line in client.get("/audit/export?format=jsonl")?.body.lines() {
        let entry: Value =
            serde_json::from_str(line).map_err(|error| format!("the audit trail cannot be read ({error}): {line}"))?;
        let text = |key: &str| entry[key].as_str().unwrap_or_default();
        let entries = trail.entry(text("object").to_owned()).or_default();
        match text("event") {
            "registry.create" => entries.created += 1,
            "registry.edit" => entries.edited += 1,
            "registry.delete" => entries.deleted += 1,
            _ => {}
        }
    }
    Ok(trail)
}
