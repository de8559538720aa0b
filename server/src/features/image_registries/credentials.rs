//! Reads the credentials of a registry, for whoever has the right to. Each reading is recorded with its purpose, and
//! remembered, so that a registry knows who depends on it.

use super::super::audit::Entry;
use super::consumers::SHOWN_FOR;
use crate::app_state::AppState;
use crate::auth::{authorize, scope};
use crate::entropy;
use crate::error::Result;
use crate::scheduler;
use crate::storage::image_registries::{self, RegistryAtHost, SummaryRecord};
use crate::storage::{Connection, WriteTransaction, checks, credential_reads};
use app::image_registries::port::{CredentialsOf, FoundCredentials, RegistryCredentials};
use app::{Actor, AppError};
use domain::{Action, AuditChange, AuditEvent, RegistryUrl, Resource, split_image_reference};

/// The longest purpose, in characters.
const MAX_PURPOSE_CHARS: usize = 200;

pub async fn read(state: &AppState, actor: &Actor, which: &CredentialsOf, purpose: &str) -> Result<FoundCredentials> {
    let purpose = purpose.trim();
    let is_clear = !purpose.is_empty() && purpose.chars().count() <= MAX_PURPOSE_CHARS;
    if !is_clear || purpose.chars().any(|c| c.is_control() || domain::is_invisible(c)) {
        let wrong = format!("Say in purpose what the credentials are for, in at most {MAX_PURPOSE_CHARS} characters.");
        return Err(AppError::BadRequest(wrong).into());
    }
    // Kubelets ask for every image: only what is found and allowed takes its turn to write.
    let mut reader = state.storage.reader().await?;
    let found = match which {
        CredentialsOf::Registry { workspace, name } => {
            let found = image_registries::by_name(&mut reader, scope(actor), workspace, name).await?;
            found.into_iter().map(SummaryRecord::from).collect()
        }
        CredentialsOf::Image(reference) => of_image(&mut reader, actor, reference).await?,
        CredentialsOf::Server(server) => of_server(&mut reader, actor, server).await?,
    };
    drop(reader);
    let registry = match <[SummaryRecord; 1]>::try_from(found) {
        Ok([registry]) => registry,
        Err(none) if none.is_empty() => return Ok(FoundCredentials::None),
        Err(several) => {
            let names = several.into_iter().map(|it| format!("{}/{}", it.workspace, it.name)).collect();
            return Ok(FoundCredentials::Several(names));
        }
    };
    let permit = authorize(actor, Action::ReadCredentials, Resource::Workspace(&registry.workspace_id)).map_err(
        // Who tries to read what, and for what, is worth knowing.
        |refusal| refusal.about(&registry.id, &registry.name, AuditChange::of("Purpose", "", purpose)),
    )?;
    let mut transaction = state.storage.write().await?;
    transaction.keep_registry(&registry.id).await?;
    // It may have been deleted meanwhile.
    let Some(record) = checks::by_id(&mut transaction, &registry.id).await? else { return Ok(FoundCredentials::None) };
    let target = scheduler::target(&state.vault, &record)
        .map_err(|finding| AppError::InUse(format!("The credentials cannot be read: {}", finding.sentence())))?;
    Entry::permitted(&permit, AuditEvent::ReadCredentials)
        .in_workspace(&registry.workspace_id, &registry.workspace)
        .about(&registry.id, &registry.name)
        .with_changes(AuditChange::of("Purpose", "", purpose))
        .record(state, &mut transaction)
        .await?;
    record_consumer(state, &mut transaction, actor, &registry.id).await?;
    transaction.commit().await?;
    Ok(FoundCredentials::One(Box::new(RegistryCredentials {
        workspace: registry.workspace,
        name: registry.name,
        version: record.version,
        url: target.settings.url,
        repository: target.repository,
        trust: target.settings.trust,
        credentials: target.credentials,
    })))
}

async fn record_consumer(
    state: &AppState,
    transaction: &mut WriteTransaction,
    actor: &Actor,
    registry_id: &str,
) -> Result<()> {
    let at = state.clock.now();
    // That a person looks at a password on a page does not mean that they depend on it.
    let Some(token) = &actor.token else { return Ok(()) };
    let address = actor.client.address.to_string();
    let read = credential_reads::Read { registry_id, consumer: &token.name, address: &address, at };
    credential_reads::delete_before(transaction, registry_id, at - SHOWN_FOR).await?;
    Ok(credential_reads::insert(transaction, &entropy::id(&*state.entropy), read).await?)
}

/// Those with the longest prefix of an image reference.
async fn of_image(connection: &mut Connection, actor: &Actor, reference: &str) -> Result<Vec<SummaryRecord>> {
    let (authority, path) = split_image_reference(reference);
    let at_host = image_registries::at_authority(connection, scope(actor), authority).await?;
    let matches = |repository: &str| {
        repository.is_empty()
            || path.strip_prefix(repository).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let matching = at_host.into_iter().filter(|it| matches(&it.repository)).collect();
    let matching = readable(actor, matching);
    let longest = matching.iter().map(|it| it.repository.len()).max();
    Ok(matching.into_iter().filter(|it| Some(it.repository.len()) == longest).map(|it| it.registry).collect())
}

/// The one with the longest prefix of what was asked for, which names no more than a host: the one without a repository.
/// Without it, all at the host.
async fn of_server(connection: &mut Connection, actor: &Actor, server: &str) -> Result<Vec<SummaryRecord>> {
    let url = RegistryUrl::parse(server).map_err(|error| AppError::BadRequest(error.to_string()))?;
    let at_host = image_registries::at_authority(connection, scope(actor), &url.authority()).await?;
    let (whole, parts): (Vec<_>, Vec<_>) =
        readable(actor, at_host).into_iter().partition(|it| it.repository.is_empty());
    let found = if whole.is_empty() { parts } else { whole };
    Ok(found.into_iter().map(|it| it.registry).collect())
}

/// Those whose credentials the actor may read: what others put beside them in a workspace that the actor only sees must not
/// come between. If there are none, one of the others that has credentials, to be refused: a client that is refused pulls
/// nothing, and one that finds nothing pulls anonymously.
fn readable(actor: &Actor, found: Vec<RegistryAtHost>) -> Vec<RegistryAtHost> {
    let may_read = |it: &RegistryAtHost| {
        actor.rights.allow(Action::ReadCredentials, Resource::Workspace(&it.registry.workspace_id))
    };
    let (readable, others): (Vec<_>, Vec<_>) = found.into_iter().partition(may_read);
    match readable.is_empty() {
        true => others.into_iter().find(|it| it.has_credentials).into_iter().collect(),
        false => readable,
    }
}
