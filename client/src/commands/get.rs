//! `portolan get`: resources as a table, as JSON or as YAML.

use super::error::CommandError;
use super::kind::{Kind, Name};
use super::output::{Format, print, table};
use super::resources;
use crate::error::Error;
use crate::http::Http;
use crate::lists;
use api::image_registry::ImageRegistry;
use api::manifest::resources_to_yaml;
use api::workspace::Workspace;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use std::io;

#[derive(Debug, clap::Args)]
pub struct Get {
    /// What to list
    #[arg(value_enum, ignore_case = true)]
    kind: Kind,

    /// Show only the resource of this name
    name: Option<String>,

    /// Only in this workspace. With a name, its workspace (default: default)
    #[arg(short, long)]
    workspace: Option<String>,

    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
}

impl Get {
    pub fn run(self, http: &Http) -> Result<(), CommandError> {
        let workspace = self.workspace.as_deref();
        let name = self.name.as_ref().map(|name| self.kind.named(name, workspace.unwrap_or("default")));
        match self.kind {
            Kind::ImageRegistry => {
                let head = ["NAME", "WORKSPACE", "STATUS", "IMAGE PREFIX", "USERNAME", "AGE"];
                self.show(&head, registry_row, &found(http, name, |http| lists::registries(http, workspace))?)
            }
            Kind::Workspace => {
                let head = ["NAME", "IMAGE REGISTRIES", "AGE"];
                self.show(&head, workspace_row, &found(http, name, lists::workspaces)?)
            }
        }
    }

    fn show<T: Serialize>(&self, head: &[&str], row: fn(&T) -> Vec<String>, found: &[T]) -> Result<(), CommandError> {
        let json = |value: serde_json::Result<String>| value.map_err(io::Error::from);
        let text = match (self.output, found) {
            (Format::Table, _) => table(head, &found.iter().map(row).collect::<Vec<_>>()),
            (Format::Yaml, _) => resources_to_yaml(found).map_err(io::Error::other)?,
            (Format::Json, [one]) if self.name.is_some() => json(serde_json::to_string_pretty(one))?,
            (Format::Json, many) => {
                let list = json!({"apiVersion": api::API_VERSION, "kind": "List", "items": many});
                json(serde_json::to_string_pretty(&list))?
            }
        };
        Ok(print(&text)?)
    }
}

/// The resource with this name, or all.
fn found<T: serde::de::DeserializeOwned>(
    http: &Http,
    name: Option<Name>,
    all: impl FnOnce(&Http) -> Result<Vec<T>, Error>,
) -> Result<Vec<T>, CommandError> {
    let Some(name) = name else { return Ok(all(http)?) };
    let answer = resources::find(http, &name)?.ok_or(CommandError::NotFound(name))?;
    Ok(vec![answer.json()?])
}

fn registry_row(registry: &ImageRegistry) -> Vec<String> {
    let ImageRegistry { metadata, status, .. } = registry;
    vec![
        metadata.name.clone(),
        metadata.workspace.clone(),
        status.phase.clone(),
        status.image_prefix.clone(),
        status.credentials.as_ref().map_or_else(|| "anonymous".to_owned(), |stored| stored.username.clone()),
        age(&metadata.creation_timestamp),
    ]
}

fn workspace_row(workspace: &Workspace) -> Vec<String> {
    let Workspace { metadata, status, .. } = workspace;
    vec![metadata.name.clone(), status.image_registries.to_string(), age(&metadata.creation_timestamp)]
}

/// How long ago it was created, by the clock of this machine.
fn age(created: &str) -> String {
    let created = created.parse().map(Timestamp::as_millisecond);
    created.map_or_else(|_| String::new(), |created| domain::ago(created, Timestamp::now().as_millisecond()))
}
