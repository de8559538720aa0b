//! Workspaces.

mod members;

use super::audit::{Entry, recorded};
use super::retry::retry_conflicts;
use crate::app_state::AppState;
use crate::auth::{authorize, scope};
use crate::display_time::display_time;
use crate::entropy;
use crate::error::{Error, Result};
use crate::storage::workspaces::{self, WorkspaceRecord};
use crate::storage::{StorageError, WriteTransaction, image_registries};
use app::workspaces::port::Workspaces;
use app::workspaces::{
    DEFAULT_WORKSPACE, SHOWN_REGISTRIES, WORKSPACES_PER_PAGE, WorkspaceDetails, WorkspaceList, WorkspaceSummary,
    counted,
};
use app::{Actor, AppError, PageInfo};
use async_trait::async_trait;
use domain::{Action, AuditEvent, Grant, Name, Resource, field_error};

#[async_trait]
impl Workspaces for AppState {
    async fn list_workspaces(&self, actor: &Actor, page: u32) -> Result<WorkspaceList, AppError> {
        recorded(self, actor, list(self, actor, page).await).await
    }

    async fn workspaces_to_create_in(&self, actor: &Actor) -> Result<WorkspaceList, AppError> {
        recorded(self, actor, list_to_create_in(self, actor).await).await
    }

    async fn workspace(&self, actor: &Actor, name: &str) -> Result<WorkspaceDetails, AppError> {
        recorded(self, actor, details(self, actor, name).await).await
    }

    async fn workspace_to_delete(&self, actor: &Actor, name: &str) -> Result<WorkspaceDetails, AppError> {
        recorded(self, actor, details_to_delete(self, actor, name).await).await
    }

    async fn create_workspace(&self, actor: &Actor, name: &Name) -> Result<(), AppError> {
        recorded(self, actor, retry_conflicts(|| create(self, actor, name)).await).await
    }

    async fn set_workspace_role(
        &self,
        actor: &Actor,
        workspace: &str,
        user_name: &str,
        grant: Option<Grant>,
    ) -> Result<(), AppError> {
        recorded(self, actor, retry_conflicts(|| members::set_role(self, actor, workspace, user_name, grant)).await)
            .await
    }

    async fn delete_workspace(&self, actor: &Actor, name: &str) -> Result<(), AppError> {
        recorded(self, actor, retry_conflicts(|| delete(self, actor, name)).await).await
    }
}

fn summary(record: WorkspaceRecord) -> WorkspaceSummary {
    WorkspaceSummary { name: record.name, registries: record.registries, created: display_time(record.created_at) }
}

fn may_create(actor: &Actor, workspace: &WorkspaceRecord) -> bool {
    actor.rights.allow(Action::CreateRegistry, Resource::Workspace(&workspace.id))
}

async fn list_to_create_in(state: &AppState, actor: &Actor) -> Result<WorkspaceList> {
    authorize(actor, Action::CreateRegistry, Resource::AnyWorkspace)?;
    let mut snapshot = state.storage.snapshot().await?;
    let total = workspaces::count(&mut snapshot, scope(actor)).await?;
    let rows = workspaces::page(&mut snapshot, scope(actor), WORKSPACES_PER_PAGE, 0).await?;
    let rows = rows.into_iter().filter(|workspace| may_create(actor, workspace)).map(summary).collect();
    Ok(WorkspaceList { rows, page_info: PageInfo::nearest(1, WORKSPACES_PER_PAGE, total) })
}

async fn list(state: &AppState, actor: &Actor, page: u32) -> Result<WorkspaceList> {
    let mut snapshot = state.storage.snapshot().await?;
    let total = workspaces::count(&mut snapshot, scope(actor)).await?;
    let page_info = PageInfo::nearest(page, WORKSPACES_PER_PAGE, total);
    let rows = workspaces::page(&mut snapshot, scope(actor), page_info.per_page, page_info.offset()).await?;
    Ok(WorkspaceList { rows: rows.into_iter().map(summary).collect(), page_info })
}

async fn details(state: &AppState, actor: &Actor, name: &str) -> Result<WorkspaceDetails> {
    let mut snapshot = state.storage.snapshot().await?;
    let workspace = workspaces::by_name(&mut snapshot, scope(actor), name).await?.ok_or_else(|| missing(name))?;
    let registries = image_registries::names_in(&mut snapshot, &workspace.id, SHOWN_REGISTRIES).await?;
    let members = members::list(&mut snapshot, actor, &workspace.id).await?;
    let may_create = may_create(actor, &workspace);
    Ok(WorkspaceDetails { summary: summary(workspace), registries, may_create, members })
}

async fn details_to_delete(state: &AppState, actor: &Actor, name: &str) -> Result<WorkspaceDetails> {
    let details = details(state, actor, name).await?;
    authorize(actor, Action::DeleteWorkspace, Resource::Everything)?;
    Ok(details)
}

async fn create(state: &AppState, actor: &Actor, name: &Name) -> Result<()> {
    authorize(actor, Action::CreateWorkspace, Resource::Everything)?;
    let mut transaction = state.storage.write().await?;
    create_within(state, &mut transaction, actor, name).await?;
    Ok(transaction.commit().await?)
}

/// The same as a part of a transaction.
pub async fn create_within(
    state: &AppState,
    transaction: &mut WriteTransaction,
    actor: &Actor,
    name: &Name,
) -> Result<()> {
    let permit = authorize(actor, Action::CreateWorkspace, Resource::Everything)?;
    let id = entropy::id(&*state.entropy);
    workspaces::insert(transaction, &id, name.as_str(), state.clock.now()).await.map_err(|error| match error {
        StorageError::NameTaken => {
            let taken = format!("A workspace {name} already exists.");
            Error::Refused(AppError::NameTaken(vec![field_error("name", taken)]))
        }
        other => other.into(),
    })?;
    Entry::permitted(&permit, AuditEvent::CreateWorkspace)
        .in_workspace(&id, name.as_str())
        .record(state, transaction)
        .await?;
    Ok(())
}

async fn delete(state: &AppState, actor: &Actor, name: &str) -> Result<()> {
    let mut transaction = state.storage.write().await?;
    transaction.lock_workspace(name).await?;
    let workspace = workspaces::by_name(&mut transaction, scope(actor), name).await?.ok_or_else(|| missing(name))?;
    let permit = authorize(actor, Action::DeleteWorkspace, Resource::Everything)?;
    if name == DEFAULT_WORKSPACE {
        return Err(AppError::InUse("The default workspace always exists. It cannot be deleted.".to_owned()).into());
    }
    if workspace.registries > 0 {
        let owned = counted(workspace.registries);
        return Err(AppError::InUse(format!("{name} still owns {owned}. Delete them first.")).into());
    }
    Entry::permitted(&permit, AuditEvent::DeleteWorkspace)
        .in_workspace(&workspace.id, &workspace.name)
        .record(state, &mut transaction)
        .await?;
    members::publish_changes(&mut transaction, &workspace.id).await?;
    workspaces::delete(&mut transaction, &workspace.id).await?;
    Ok(transaction.commit().await?)
}

fn missing(name: &str) -> AppError {
    let name = if name.is_empty() { "of this name" } else { name };
    AppError::NotFound(format!("There is no workspace {name}."))
}
