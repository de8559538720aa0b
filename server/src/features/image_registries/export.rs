//! Exports image registries as manifests, page by page.

use super::details::details;
use crate::app_state::AppState;
use crate::auth::{authorize, scope};
use crate::error::Result;
use crate::storage::image_registries;
use app::Actor;
use app::image_registries::RegistryDetails;
use app::image_registries::port::{CredentialsOf, CursorQuery, FoundCredentials};
use domain::{Action, Resource, Secret};

/// What the audit trail says about each reading.
const PURPOSE: &str = "Export";

/// A page of registries.
pub struct ExportPage {
    /// Each with its password, if it is wanted and may be read.
    pub items: Vec<(RegistryDetails, Option<Secret>)>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// One page, with passwords only for those who may read credentials somewhere. Each reading is recorded.
pub async fn export(state: &AppState, actor: &Actor, query: &CursorQuery, with_passwords: bool) -> Result<ExportPage> {
    if with_passwords {
        authorize(actor, Action::ReadCredentials, Resource::AnyWorkspace)?;
    }
    let page = super::cursor::page(state, actor, query).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for registry in page.items {
        match with_passwords && registry.may_read_credentials && registry.username.is_some() {
            true => items.extend(with_password(state, actor, registry).await?),
            false => items.push((registry, None)),
        }
    }
    Ok(ExportPage { items, next: page.next })
}

/// A registry and the password that belongs to it: neither from before a change and the other from after it. `None` if it
/// has been deleted since.
async fn with_password(
    state: &AppState,
    actor: &Actor,
    mut registry: RegistryDetails,
) -> Result<Option<(RegistryDetails, Option<Secret>)>> {
    loop {
        let which = CredentialsOf::Registry { workspace: registry.workspace.clone(), name: registry.name.clone() };
        let FoundCredentials::One(found) = super::credentials::read(state, actor, &which, PURPOSE).await? else {
            return Ok(None);
        };
        if found.version == registry.version {
            return Ok(Some((registry, found.credentials.map(|credentials| credentials.password))));
        }
        let mut reader = state.storage.reader().await?;
        let Some(record) = image_registries::by_id(&mut reader, scope(actor), &registry.id).await? else {
            return Ok(None);
        };
        registry = details(state, actor, record);
    }
}
