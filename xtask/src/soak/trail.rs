//! The audit trail, as a witness of what was changed.

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

/// Downloads the trail. By name of the registry.
pub fn read(client: &Client) -> TaskResult<BTreeMap<String, Entries>> {
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
