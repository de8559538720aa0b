//! The forms' fields and their rules: the same code in the browser and on the server.

use crate::domain::{
    Credentials, CredentialsChange, Name, NameError, Problem, RegistryUrl, Repository, Secret, problem,
};
use crate::form::Values;
use crate::image_registries::Details;
use serde::{Deserialize, Serialize, Serializer};

/// What the create form holds, as typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CreateFields {
    /// The registry's name.
    pub name: String,
    /// The workspace that shall own it.
    pub workspace: String,
    /// Where it answers.
    pub url: String,
    /// The project inside it.
    pub repository: String,
    /// Who logs in.
    pub username: String,
    /// With which password.
    #[serde(serialize_with = "never")]
    pub password: Secret,
}

/// A registry that can be created.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The registry's name.
    pub name: Name,
    /// The workspace that shall own it.
    pub workspace: Name,
    /// Where it answers.
    pub url: RegistryUrl,
    /// The project inside it.
    pub repository: Repository,
    /// Who logs in and how; none for anonymous access.
    pub credentials: Option<Credentials>,
}

/// What the edit form holds, as typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EditFields {
    /// The id of the registry.
    pub registry: String,
    /// The version that the form showed.
    pub based_on: String,
    /// Where it answers.
    pub url: String,
    /// The project inside it.
    pub repository: String,
    /// Who logs in.
    pub username: String,
    /// With which password; empty for the stored one.
    #[serde(serialize_with = "never")]
    pub password: Secret,
    /// Ticked where the stored credentials shall go.
    pub remove_credentials: String,
}

/// Edits that can be made.
#[derive(Clone, Debug)]
pub struct Edits {
    /// Where it answers.
    pub url: RegistryUrl,
    /// The project inside it.
    pub repository: Repository,
    /// What happens to the credentials.
    pub credentials: CredentialsChange,
}

impl CreateFields {
    /// The fields of a form in the browser.
    pub(crate) fn of(values: &Values) -> Self {
        let field = |name| values.get(name).to_owned();
        Self {
            name: field("name"),
            workspace: field("workspace"),
            url: field("url"),
            repository: field("repository"),
            username: field("username"),
            password: Secret::new(values.get("password")),
        }
    }

    /// Reads all fields.
    ///
    /// # Errors
    /// Every problem of every field.
    pub fn read(&self) -> Result<Draft, Vec<Problem>> {
        let mut problems = Vec::new();
        let name = keep(Name::parse(&self.name), "name", &mut problems);
        let workspace = match Name::parse(&self.workspace) {
            Err(NameError::Missing) => {
                problems.push(problem("workspace", "Choose a workspace."));
                None
            }
            other => keep(other, "workspace", &mut problems),
        };
        let url = keep(RegistryUrl::parse(&self.url), "url", &mut problems);
        let repository = keep(Repository::parse(&self.repository), "repository", &mut problems);
        let credentials = keep_all(Credentials::parse(&self.username, &self.password), &mut problems);
        match (name, workspace, url, repository, credentials) {
            (Some(name), Some(workspace), Some(url), Some(repository), Some(credentials)) => {
                Ok(Draft { name, workspace, url, repository, credentials })
            }
            _ => Err(problems),
        }
    }
}

impl EditFields {
    /// The fields of a form in the browser.
    pub(crate) fn of(values: &Values) -> Self {
        let field = |name| values.get(name).to_owned();
        Self {
            registry: field("registry"),
            based_on: field("based_on"),
            url: field("url"),
            repository: field("repository"),
            username: field("username"),
            password: Secret::new(values.get("password")),
            remove_credentials: field("remove_credentials"),
        }
    }

    /// Reads all fields, against what is stored.
    ///
    /// # Errors
    /// Every problem of every field.
    pub fn read(&self, stored: &Details) -> Result<Edits, Vec<Problem>> {
        let mut problems = Vec::new();
        let url = keep(RegistryUrl::parse(&self.url), "url", &mut problems);
        let repository = keep(Repository::parse(&self.repository), "repository", &mut problems);
        let stored_url = keep(RegistryUrl::parse(&stored.url), "url", &mut problems);
        let credentials = stored_url.and_then(|stored_url| {
            let change = CredentialsChange::parse(
                stored.username.as_deref(),
                &stored_url,
                url.as_ref(),
                &self.username,
                &self.password,
                !self.remove_credentials.is_empty(),
            );
            keep_all(change, &mut problems)
        });
        match (url, repository, credentials) {
            (Some(url), Some(repository), Some(credentials)) => Ok(Edits { url, repository, credentials }),
            _ => Err(problems),
        }
    }
}

/// The value, or its problem among the others.
fn keep<T, E: std::fmt::Display>(parsed: Result<T, E>, field: &str, problems: &mut Vec<Problem>) -> Option<T> {
    parsed.map_err(|error| problems.push(problem(field, error))).ok()
}

fn keep_all<T>(parsed: Result<T, Vec<Problem>>, problems: &mut Vec<Problem>) -> Option<T> {
    parsed.map_err(|mut found| problems.append(&mut found)).ok()
}

/// The framework wants arguments that can be sent from the browser by Rust code. Ours are sent by the form
/// itself, so a secret has no business being serialised.
fn never<S: Serializer>(_: &Secret, _: S) -> Result<S::Ok, S::Error> {
    Err(serde::ser::Error::custom("a secret is not serialised"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_named_at_once() {
        let fields = CreateFields {
            name: "Bad Name".into(),
            url: "ftp://x".into(),
            repository: "UP".into(),
            username: "someone".into(),
            ..CreateFields::default()
        };
        let named: Vec<_> = fields.read().unwrap_err().into_iter().map(|problem| problem.field).collect();
        assert_eq!(named, ["name", "workspace", "url", "repository", "password"]);
    }
}
