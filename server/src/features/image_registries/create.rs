//! Creates a registry.

use super::super::audit::Entry;
use super::changes::created_fields;
use super::details::{details, find};
use super::seal::seal;
use crate::app_state::AppState;
use crate::auth::{authorize, scope};
use crate::entropy;
use crate::error::{Error, Result};
use crate::storage::image_registries::{self, Edit, NewRegistryRecord, SealedCredentials};
use crate::storage::{StorageError, WriteTransaction, workspaces};
use app::image_registries::{CreateFields, NewRegistry, RegistryDetails};
use app::{Actor, AppError};
use domain::{Action, AuditEvent, Resource, field_error};

pub async fn create(state: &AppState, actor: &Actor, fields: &CreateFields) -> Result<RegistryDetails> {
    let new = fields.validate().map_err(AppError::Validation)?;
    let mut transaction = state.storage.write().await?;
    let created = create_in(state, &mut transaction, actor, &new).await?;
    transaction.commit().await?;
    state.scheduler.wake();
    Ok(created)
}

/// The same as a part of a transaction. Wake the scheduler after its commit.
pub async fn create_in(
    state: &AppState,
    transaction: &mut WriteTransaction,
    actor: &Actor,
    new: &NewRegistry,
) -> Result<RegistryDetails> {
    let NewRegistry { name, workspace, settings, credentials } = new;
    transaction.keep_workspace(workspace.as_str()).await?;
    let Some(owner) = workspaces::by_name(transaction, scope(actor), workspace.as_str()).await? else {
        let missing = format!("There is no workspace {workspace}. It may have been deleted. Choose another.");
        return Err(AppError::Validation(vec![field_error("workspace", missing)]).into());
    };
    let permit = authorize(actor, Action::CreateRegistry, Resource::Workspace(&owner.id))?;
    let id = entropy::id(&*state.entropy);
    let now = state.clock.now();
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
    let edit = Edit { account_id: &permit.actor().user_id, now, next_check_at: state.scheduler.initial_due_at(now) };
    image_registries::insert(transaction, new, edit).await.map_err(|error| match error {
        StorageError::NameTaken => {
            let taken = format!("{name} already exists in workspace {workspace}. Choose another name.");
            Error::Refused(AppError::Validation(vec![field_error("name", taken)]))
        }
        other => other.into(),
    })?;
    Entry::permitted(&permit, AuditEvent::CreateRegistry)
        .in_workspace(&owner.id, &owner.name)
        .about(&id, name.as_str())
        .with_changes(created_fields(settings, credentials.as_ref()))
        .record(state, transaction)
        .await?;
    Ok(details(state, actor, find(transaction, actor, &id).await?))
}
