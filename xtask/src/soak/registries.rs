//! Requests about image registries, sent as pages send them.

use crate::command::TaskResult;
use crate::http::{Answer, Client};
use serde_json::Value;
use std::collections::BTreeMap;

/// On loopback, where checks end before they connect.
const URL: &str = "https://127.0.0.1:9";

/// A registry that exists from the beginning, for readers.
pub const STANDING: &str = "standing";

/// A registry as shown in the list.
pub struct Found {
    pub id: String,
    /// The number of edits, which is stored in its repository.
    pub edits: u32,
}

pub fn create(client: &Client, name: &str) -> TaskResult<Answer> {
    let form = format!("name={name}&workspace=default&url={URL}&repository=e0&username=robot&password=secret");
    client.post("/ui/image-registries/create", &form)
}

pub fn create_standing(client: &Client) -> TaskResult {
    let answer = create(client, STANDING)?;
    if answer.status == 200 { Ok(()) } else { Err(format!("nothing can be created: {}", answer.summary())) }
}

/// Edits the registry; `edits` counts from 1.
pub fn edit(client: &Client, id: &str, edits: u32) -> TaskResult<Answer> {
    let form = format!("registry={id}&based_on={edits}&url={URL}&repository=e{edits}&username=robot");
    client.post("/ui/image-registries/update", &form)
}

/// Deletes several at once: pairs of name and id.
pub fn delete(client: &Client, targets: &[(String, String)]) -> TaskResult<Answer> {
    let targets: Vec<String> = targets.iter().map(|(name, id)| format!("{id}:default/{name}")).collect();
    client.post("/ui/image-registries/delete", &format!("targets={}", targets.join(",")))
}

/// All registries with this text in their name, by name.
pub fn list(client: &Client, text: &str) -> TaskResult<BTreeMap<String, Found>> {
    let mut found = BTreeMap::new();
    for page in 1.. {
        let answer = client.get(&format!("/ui/image-registries/list?q={text}&per_page=100&page={page}"))?;
        let list: Value = serde_json::from_str(&answer.body)
            .map_err(|error| format!("the list cannot be read ({error}): {}", answer.summary()))?;
        let rows = list["rows"].as_array().ok_or_else(|| format!("no list: {}", answer.summary()))?;
        for row in rows {
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            let edits = text("repository").trim_start_matches('e').parse();
            let edits = edits.map_err(|_| format!("{} has lost its repository", text("name")))?;
            found.insert(text("name"), Found { id: text("id"), edits });
        }
        if page * 100 >= list["page_info"]["total"].as_u64().unwrap_or(0) {
            break;
        }
    }
    Ok(found)
}
