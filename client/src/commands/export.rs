//! `portolan export`: image registries as manifests.

use super::error::CommandError;
use super::kind::Name;
use super::output::print;
use super::resources;
use crate::error::Error;
use crate::http::{Http, Request};
use crate::lists;
use crate::standard_streams::say;
use api::credentials::Credentials;
use api::image_registry::ImageRegistry;
use api::manifest::{Exported, to_yaml};
use domain::Secret;
use std::io;

#[derive(Debug, clap::Args)]
pub struct Export {
    /// Only this workspace (default: all that you may see)
    #[arg(short, long)]
    workspace: Option<String>,

    /// With those passwords in the clear that the token may read. Each is recorded
    #[arg(long)]
    with_passwords: bool,
}

impl Export {
    pub fn run(self, http: &Http) -> Result<(), CommandError> {
        let registries = lists::registries(http, self.workspace.as_deref())?;
        // If the token may read none, the server says what it lacks.
        let may_read_none = !registries.iter().any(|registry| registry.status.credentials_readable);
        let mut found = Vec::with_capacity(registries.len());
        for registry in registries {
            let may_read = registry.status.credentials_readable || may_read_none;
            match self.with_passwords && may_read && registry.status.credentials.is_some() {
                true => found.extend(with_password(http, registry)?),
                false => found.push((registry, None)),
            }
        }
        let without =
            found.iter().filter(|(it, password)| it.status.credentials.is_some() && password.is_none()).count();
        let exported: Vec<_> =
            found.iter().map(|(registry, password)| Exported { registry, password: password.clone() }).collect();
        let yaml = Secret::new(to_yaml(&exported).map_err(io::Error::other)?);
        print(yaml.expose())?;
        if without > 0 {
            let passwords = if without == 1 { "1 password is".to_owned() } else { format!("{without} passwords are") };
            let sentence = "not in this. To apply it elsewhere, add password or passwordFrom to authconfig.";
            say(&format!("{passwords} {sentence}"));
        }
        Ok(())
    }
}

/// A registry and the password that belongs to it: neither from before a change and the other from after it. `None` if it
/// has been deleted since.
fn with_password(
    http: &Http,
    mut registry: ImageRegistry,
) -> Result<Option<(ImageRegistry, Option<Secret>)>, CommandError> {
    let name =
        Name::ImageRegistry { workspace: registry.metadata.workspace.clone(), name: registry.metadata.name.clone() };
    loop {
        let Some(credentials) = credentials(http, &name)? else { return Ok(None) };
        if credentials.version == registry.metadata.version {
            return Ok(Some((registry, credentials.password)));
        }
        let Some(answer) = resources::find(http, &name)? else { return Ok(None) };
        registry = answer.json()?;
    }
}

fn credentials(http: &Http, name: &Name) -> Result<Option<Credentials>, Error> {
    let path = [&resources::path(name)[..], &["credentials"]].concat();
    match http.json(&Request::get(&path).query("purpose", "portolan export")) {
        Ok(credentials) => Ok(Some(credentials)),
        Err(error) if resources::is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
