//! Creates a registry.

use super::super::audit::Entry;
use super::changes::created_fields;
use super::details::{details, find};
use super::seal::seal;
use super::{edit, store_labels};
use crate::app_state::AppState;
use crate::auth::{authorize, scope};
use crate::entropy;
use crate::error::{Error, Result};
use crate::storage::image_registries::{self, NewRegistryRecord, SealedCredentials};
use crate::storage::{StorageError, WriteTransaction, workspaces};
use app::image_registries::{CreateFields, NewRegistry, RegistryDetails};
use app::{Actor, AppError};
use domain::{Action, AuditEvent, Resource, field_error};

pub async fn create(state: &AppState, actor: &Actor, fields: &CreateFields) -> Result<RegistryDetails> {
    let mut transaction = state.storage.write().await?;
    let created = create_within(state, &mut transaction, actor, fields).await?;
    transaction.commit().await?;
    state.scheduler.wake();
    Ok(created)
}

/// The same as a part of a transaction. After its commit, the scheduler has to be woken.
pub async fn create_within(
    state: &AppState,
    transaction: &mut WriteTransaction,
    actor: &Actor,
    fields: &CreateFields,
) -> Result<RegistryDetails> {
    let valid = fields.validate().map_err(AppError::Validation)?;
    let NewRegistry { name, workspace, settings, credentials, labels } = &valid;
    transaction.keep_workspace(workspace.as_str()).await?;
    let Some(owner) = workspaces::by_name(transaction, scope(actor), workspace.as_str()).await? else {
        let missing = format!("There is no workspace {workspace}. It may have been deleted. Choose another.");
        return Err(AppError::Validation(vec![field_error("workspace", missing)]).into());
    };
    let permit = authorize(actor, Action::CreateRegistry, Resource::Workspace(&owner.id))?;
    let id = entropy::id(&*state.entropy);
    let sealed = match credentials {
        Some(credentials) => {
            let url = &settings.connection.url;
            Some(seal(state, transaction, &owner.id, &id, url, &credentials.password).await?)
        }
        None => None,
    };
    let sealed_credentials = credentials.as_ref().zip(sealed.as_ref());
    let new = NewRegistryRecord {
        id: &id,
        workspace_id: &owner.id,
        name,
        settings,
        credentials: sealed_credentials
            .map(|(clear, sealed)| SealedCredentials { username: &clear.username, password: sealed }),
    };
    let edit = edit(state, &permit);
    image_registries::insert(transaction, new, edit).await.map_err(|error| match error {
        StorageError::NameTaken => {
            let taken = format!("{name} already exists in workspace {workspace}. Choose another name.");
            Error::Refused(AppError::NameTaken(vec![field_error("name", taken)]))
        }
        other => other.into(),
    })?;
    store_labels(transaction, &id, labels).await?;
    Entry::permitted(&permit, AuditEvent::CreateRegistry)
        .in_workspace(&owner.id, &owner.name)
        .about(&id, name.as_str())
        .with_changes(created_fields(&valid))
        .record(state, transaction)
        .await?;
    Ok(details(state, actor, find(transaction, actor, &id).await?))
}
