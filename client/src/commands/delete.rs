//! `portolan delete`: shows what goes, asks, and deletes.

use super::confirm::confirm;
use super::error::CommandError;
use super::kind::{Kind, Name};
use super::manifests::Files;
use super::output::print;
use super::resources;
use crate::error::Error;
use crate::http::Http;
use crate::standard_streams::say;
use api::manifest::{Reading, read};
use api::problem::kind;
use clap::ValueEnum;
use std::collections::HashSet;

#[derive(Debug, clap::Args)]
pub struct Delete {
    /// What to delete
    #[arg(value_enum, ignore_case = true, required_unless_present = "files", conflicts_with = "files")]
    kind: Option<Kind>,

    #[arg(requires = "kind")]
    names: Vec<String>,

    #[command(flatten)]
    files: Files,

    /// Succeed even if a resource does not exist
    #[arg(long)]
    ignore_not_found: bool,

    /// Delete even if clients have read the credentials in the last 7 days
    #[arg(long)]
    even_if_used: bool,

    /// Delete without asking
    #[arg(short, long)]
    yes: bool,
}

impl Delete {
    pub fn run(self, http: &Http) -> Result<(), CommandError> {
        let mut targets = Vec::new();
        let mut seen = HashSet::new();
        for name in self.names()?.into_iter().filter(|name| seen.insert(name.clone())) {
            match resources::find(http, &name)? {
                Some(answer) => targets.push((name, answer.header("etag").map(str::to_owned))),
                None if self.ignore_not_found => say(&format!("There is no {name}.")),
                // Before anything is deleted.
                None => return Err(CommandError::NotFound(name)),
            }
        }
        if targets.is_empty() {
            return Ok(());
        }
        for (name, _) in &targets {
            say(&format!("- {name}"));
        }
        let question = format!("Delete {} permanently?", counted(targets.len()));
        confirm(&question, self.yes)?;
        for (name, version) in targets {
            let deleted = resources::delete(http, &name, version.as_deref(), self.even_if_used);
            match deleted.map_err(|error| in_use(&name, error))? {
                true => print(&format!("Deleted {name}."))?,
                false => say(&format!("Somebody else has deleted {name}.")),
            }
        }
        Ok(())
    }

    /// What is named, in the order in which it is deleted: manifests in reverse order, and workspaces after what they hold.
    fn names(&self) -> Result<Vec<Name>, CommandError> {
        if let Some(kind) = self.kind {
            if self.names.is_empty() {
                return Err(CommandError::Usage("name what to delete.".to_owned()));
            }
            return Ok(self.names.iter().map(|name| kind.named(name, &self.files.workspace)).collect());
        }
        let mut names = Vec::new();
        for (number, document) in (1..).zip(self.files.read()?) {
            names.push(named(&read(&document)).ok_or_else(|| {
                CommandError::Usage(format!("manifest {number} names no image registry and no workspace."))
            })?);
        }
        names.reverse();
        names.sort_by_key(|name| matches!(name, Name::Workspace(_)));
        Ok(names)
    }
}

/// What a document names. It may be broken otherwise: what it says does not matter.
fn named(reading: &Reading) -> Option<Name> {
    let kind = Kind::from_str(&reading.kind, true).ok()?;
    if reading.name.is_empty() || (kind == Kind::ImageRegistry && reading.workspace.is_none()) {
        return None;
    }
    let workspace = reading.workspace.clone().unwrap_or_default();
    Some(match kind {
        Kind::Workspace => Name::Workspace(reading.name.clone()),
        Kind::ImageRegistry => Name::ImageRegistry { workspace, name: reading.name.clone() },
    })
}

/// Names the option that confirms it.
fn in_use(name: &Name, error: Error) -> CommandError {
    match (name, error.problem()) {
        (Name::ImageRegistry { .. }, Some(problem)) if problem.kind == kind::IN_USE => {
            CommandError::DeletedInUse(name.clone(), problem.detail.clone())
        }
        _ => error.into(),
    }
}

fn counted(count: usize) -> String {
    if count == 1 { "this".to_owned() } else { format!("these {count}") }
}
