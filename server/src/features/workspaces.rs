//! Workspaces.

use super::retry::retry_conflicts;
use crate::app_state::AppState;
use crate::display_time::display_time;
use crate::entropy;
use crate::error::{Error, Result};
use crate::storage::workspaces::{self, WorkspaceRecord};
use crate::storage::{StorageError, image_registries};
use app::workspaces::port::Workspaces;
use app::workspaces::{
    DEFAULT_WORKSPACE, SHOWN_REGISTRIES, WORKSPACES_PER_PAGE, WorkspaceDetails, WorkspaceList, WorkspaceSummary,
    counted,
};
use app::{Actor, AppError, PageInfo};
use async_trait::async_trait;
use domain::{Name, field_error};

#[async_trait]
impl Workspaces for AppState {
    async fn list_workspaces(&self, _: &Actor, page: u32) -> Result<WorkspaceList, AppError> {
        Ok(list(self, page).await?)
    }

    async fn workspace(&self, _: &Actor, name: &str) -> Result<WorkspaceDetails, AppError> {
        Ok(details(self, name).await?)
    }

    async fn create_workspace(&self, _: &Actor, name: &Name) -> Result<(), AppError> {
        Ok(retry_conflicts(|| create(self, name)).await?)
    }

    async fn delete_workspace(&self, _: &Actor, name: &str) -> Result<(), AppError> {
        Ok(retry_conflicts(|| delete(self, name)).await?)
    }
}

fn summary(record: WorkspaceRecord) -> WorkspaceSummary {
    WorkspaceSummary { name: record.name, registries: record.registries, created: display_time(record.created_at) }
}

async fn list(state: &AppState, page: u32) -> Result<WorkspaceList> {
    let mut snapshot = state.storage.snapshot().await?;
    let total = workspaces::count(&mut snapshot).await?;
    let page_info = PageInfo::nearest(page, WORKSPACES_PER_PAGE, total);
    let rows = workspaces::page(&mut snapshot, page_info.per_page, page_info.offset()).await?;
    Ok(WorkspaceList { rows: rows.into_iter().map(summary).collect(), page_info })
}

async fn details(state: &AppState, name: &str) -> Result<WorkspaceDetails> {
    let mut snapshot = state.storage.snapshot().await?;
    let workspace = workspaces::by_name(&mut snapshot, name).await?.ok_or_else(|| missing(name))?;
    let registries = image_registries::names_in(&mut snapshot, &workspace.id, SHOWN_REGISTRIES).await?;
    Ok(WorkspaceDetails { summary: summary(workspace), registries })
}

async fn create(state: &AppState, name: &Name) -> Result<()> {
    let id = entropy::id(&*state.entropy);
    let mut transaction = state.storage.write().await?;
    workspaces::insert(&mut transaction, &id, name.as_str(), state.clock.now()).await.map_err(|error| match error {
        StorageError::NameTaken => {
            let taken = format!("A workspace {name} already exists.");
            Error::Refused(AppError::Validation(vec![field_error("name", taken)]))
        }
        other => other.into(),
    })?;
    Ok(transaction.commit().await?)
}

async fn delete(state: &AppState, name: &str) -> Result<()> {
    if name == DEFAULT_WORKSPACE {
        return Err(AppError::InUse("The default workspace always exists. It cannot be deleted.".to_owned()).into());
    }
    let mut transaction = state.storage.write().await?;
    transaction.lock_workspace(name).await?;
    let workspace = workspaces::by_name(&mut transaction, name).await?.ok_or_else(|| missing(name))?;
    if workspace.registries > 0 {
        let owned = counted(workspace.registries);
        return Err(AppError::InUse(format!("{name} still owns {owned}. Delete them first.")).into());
    }
    workspaces::delete(&mut transaction, &workspace.id).await?;
    Ok(transaction.commit().await?)
}

fn missing(name: &str) -> AppError {
    let name = if name.is_empty() { "of this name" } else { name };
    AppError::NotFound(format!("There is no workspace {name}."))
}
