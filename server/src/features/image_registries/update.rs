//! Updates a registry. The form names the version that it is based on (optimistic locking): if somebody else has saved
//! in the meantime, nothing is overwritten.

use super::super::audit::Entry;
use super::changes::changed_fields;
use super::consumers;
use super::details::{details, find};
use super::seal::seal;
use super::{edit, store_labels};
use crate::app_state::AppState;
use crate::auth::{Permit, authorize};
use crate::error::Result;
use crate::storage::WriteTransaction;
use crate::storage::image_registries::{self, SealedCredentials};
use app::image_registries::{EditFields, RegistryDetails, RegistryUpdate};
use app::{Actor, AppError, Payload};
use domain::{Action, AuditEvent, CredentialsChange, RegistrySettings, Resource};

const SAVED_BY_SOMEONE_ELSE: &str = "Someone else saved this image registry in the meantime. Nothing was overwritten.";

pub async fn update(state: &AppState, actor: &Actor, fields: &EditFields) -> Result<RegistryDetails> {
    let mut transaction = state.storage.write().await?;
    let updated = update_within(state, &mut transaction, actor, fields).await?;
    transaction.commit().await?;
    state.scheduler.wake();
    Ok(updated)
}

/// The same as a part of a transaction. After its commit, the scheduler has to be woken.
pub async fn update_within(
    state: &AppState,
    transaction: &mut WriteTransaction,
    actor: &Actor,
    fields: &EditFields,
) -> Result<RegistryDetails> {
    let based_on: i64 = fields.stored.based_on.parse().map_err(|_| {
        AppError::BadRequest("The form does not say which version it is based on. Load the page again.".to_owned())
    })?;
    transaction.lock_registries(std::slice::from_ref(&fields.stored.registry)).await?;
    let record = find(transaction, actor, &fields.stored.registry).await?;
    let permit = authorize(actor, Action::EditRegistry, Resource::Workspace(&record.workspace_id))?;
    let workspace_id = record.workspace_id.clone();
    let stored = details(state, actor, record);
    if stored.version != based_on {
        return Err(
            AppError::Conflict { message: SAVED_BY_SOMEONE_ELSE.to_owned(), current: Payload::of(&stored) }.into()
        );
    }
    let update = fields.validate(&stored).map_err(AppError::Validation)?;
    let changes = changed_fields(&stored, &update);
    // Tools send again and again what is stored. That is no edit: version, times and audit trail stay as they are.
    if changes.is_empty() {
        return Ok(stored);
    }
    if let Some(effect) = effect_on_clients(&stored, &update)
        && fields.stored.confirmed != "yes"
    {
        let recent = consumers::recent(state, transaction, std::slice::from_ref(&stored.id)).await?;
        if let Some(consumers) = recent.get(&stored.id) {
            let in_use = format!("In use by {consumers}. Confirm that they will {effect}.");
            return Err(AppError::InUse(in_use).into());
        }
    }
    write(state, transaction, &permit, &workspace_id, &stored.id, &update).await?;
    Entry::permitted(&permit, AuditEvent::EditRegistry)
        .in_workspace(&workspace_id, &stored.workspace)
        .about(&stored.id, &stored.name)
        .with_changes(changes)
        .record(state, transaction)
        .await?;
    Ok(details(state, actor, find(transaction, actor, &stored.id).await?))
}

/// What the clients of a registry will do after an edit, in words; `None` if they will not notice.
pub fn effect_on_clients(stored: &RegistryDetails, update: &RegistryUpdate) -> Option<&'static str> {
    let RegistrySettings { connection, repository, .. } = &update.settings;
    if stored.url != connection.url.to_string() || stored.repository != repository.as_str() {
        return Some("pull from another place");
    }
    let loses_credentials = stored.username.is_some() && matches!(update.credentials, CredentialsChange::Remove);
    loses_credentials.then_some("pull without credentials")
}

async fn write(
    state: &AppState,
    transaction: &mut WriteTransaction,
    permit: &Permit<'_>,
    workspace_id: &str,
    id: &str,
    update: &RegistryUpdate,
) -> Result<()> {
    let RegistryUpdate { settings, credentials, labels } = update;
    let edit = edit(state, permit);
    let now = edit.now;
    image_registries::update(transaction, id, settings, edit).await?;
    if let Some(labels) = labels {
        store_labels(transaction, id, labels).await?;
    }
    match credentials {
        CredentialsChange::Keep => {}
        CredentialsChange::Remove => image_registries::set_credentials(transaction, id, None, now).await?,
        CredentialsChange::Replace(credentials) => {
            let url = &settings.connection.url;
            let sealed = seal(state, transaction, workspace_id, id, url, &credentials.password).await?;
            let sealed = SealedCredentials { username: &credentials.username, password: &sealed };
            image_registries::set_credentials(transaction, id, Some(sealed), now).await?;
        }
    }
    Ok(())
}
