//! `portolan export`: image registries as manifests.

use super::error::CommandError;
use super::kind::Name;
use super::output::{print, say};
use super::resources;
use crate::error::Error;
use crate::http::{Http, Request};
use crate::lists;
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

    /// With passwords in the clear. The token must be allowed to read credentials, and each is recorded
    #[arg(long)]
    with_passwords: bool,
}

impl Export {
    pub fn run(self, http: &Http) -> Result<(), CommandError> {
        let registries = lists::registries(http, self.workspace.as_deref())?;
        let mut exported = Vec::new();
        for registry in &registries {
            let password = if self.with_passwords { password(http, registry)? } else { None };
            exported.push(Exported { registry, password });
        }
        let yaml = Secret::new(to_yaml(&exported).map_err(io::Error::other)?);
        print(yaml.expose())?;
        let without = exported.iter().filter(|it| it.registry.status.credentials.is_some() && it.password.is_none());
        match without.count() {
            0 => {}
            count => {
                let passwords = if count == 1 { "1 password is".to_owned() } else { format!("{count} passwords are") };
                say(&format!(
                    "{passwords} not in this. To apply it elsewhere, add password or passwordFrom to authconfig."
                ))?;
            }
        }
        Ok(())
    }
}

/// `None` for anonymous access.
fn password(http: &Http, registry: &ImageRegistry) -> Result<Option<Secret>, Error> {
    if registry.status.credentials.is_none() {
        return Ok(None);
    }
    let (workspace, name) = (registry.metadata.workspace.clone(), registry.metadata.name.clone());
    let name = Name::ImageRegistry { workspace, name };
    let path = [&resources::path(&name)[..], &["credentials"]].concat();
    let credentials: Credentials = http.json(&Request::get(&path).query("purpose", "portolan export"))?;
    Ok(credentials.password)
}
