//! Workspaces, behind the port.

use crate::app_state::AppState;
use crate::display_time::display_time;
use crate::entropy;
use crate::error::{Result, is_taken};
use app::workspaces::port::Workspaces;
use app::workspaces::{
    DEFAULT_WORKSPACE, SHOWN_REGISTRIES, WORKSPACES_PER_PAGE, WorkspaceDetails, WorkspaceList, WorkspaceSummary,
    counted,
};
use app::{Actor, AppError, PageInfo};
use async_trait::async_trait;
use domain::{Name, field_error};
use sqlx::SqliteConnection;

#[async_trait]
impl Workspaces for AppState {
    async fn list_workspaces(&self, _: &Actor, page: u32) -> Result<WorkspaceList, AppError> {
        Ok(list(self, page).await?)
    }

    async fn workspace(&self, _: &Actor, name: &str) -> Result<WorkspaceDetails, AppError> {
        Ok(details(self, name).await?)
    }

    async fn create_workspace(&self, _: &Actor, name: &Name) -> Result<(), AppError> {
        Ok(create(self, name).await?)
    }

    async fn delete_workspace(&self, _: &Actor, name: &str) -> Result<(), AppError> {
        Ok(delete(self, name).await?)
    }
}

#[derive(sqlx::FromRow)]
struct WorkspaceRow {
    name: String,
    created_at: i64,
    registries: u32,
}

impl WorkspaceRow {
    fn summary(self) -> WorkspaceSummary {
        WorkspaceSummary { name: self.name, registries: self.registries, created: display_time(self.created_at) }
    }
}

async fn list(state: &AppState, page: u32) -> Result<WorkspaceList> {
    let mut reader = state.store.readers().acquire().await?;
    let total: u32 = sqlx::query_scalar("select count(*) from workspace").fetch_one(&mut *reader).await?;
    let page_info = PageInfo::nearest(page, WORKSPACES_PER_PAGE, total);
    let rows: Vec<WorkspaceRow> = sqlx::query_as(
        "select w.name, w.created_at, (select count(*) from image_registry r where r.workspace_id = w.id) as registries
         from workspace w order by w.name limit ? offset ?",
    )
    .bind(page_info.per_page)
    .bind(page_info.offset())
    .fetch_all(&mut *reader)
    .await?;
    Ok(WorkspaceList { rows: rows.into_iter().map(WorkspaceRow::summary).collect(), page_info })
}

/// All names; none if there are too many to choose from.
pub async fn names(reader: &mut SqliteConnection) -> Result<Option<Vec<String>>, sqlx::Error> {
    let most = WORKSPACES_PER_PAGE as usize;
    let names: Vec<String> = sqlx::query_scalar("select name from workspace order by name limit ?")
        .bind(WORKSPACES_PER_PAGE + 1)
        .fetch_all(reader)
        .await?;
    Ok((names.len() <= most).then_some(names))
}

async fn details(state: &AppState, name: &str) -> Result<WorkspaceDetails> {
    let row: Option<WorkspaceRow> = sqlx::query_as(
        "select w.name, w.created_at, (select count(*) from image_registry r where r.workspace_id = w.id) as registries
         from workspace w where w.name = ?",
    )
    .bind(name)
    .fetch_optional(state.store.readers())
    .await?;
    let summary = row.ok_or_else(|| missing(name))?.summary();
    let registries = sqlx::query_scalar(
        "select r.name from image_registry r join workspace w on w.id = r.workspace_id
         where w.name = ? order by r.name limit ?",
    )
    .bind(name)
    .bind(SHOWN_REGISTRIES)
    .fetch_all(state.store.readers())
    .await?;
    Ok(WorkspaceDetails { summary, registries })
}

async fn create(state: &AppState, name: &Name) -> Result<()> {
    let mut transaction = state.store.write().await?;
    let inserted = sqlx::query("insert into workspace (id, name, created_at) values (?, ?, ?)")
        .bind(entropy::id(&*state.entropy))
        .bind(name.as_str())
        .bind(state.clock.now())
        .execute(&mut *transaction)
        .await;
    match inserted {
        Err(error) if is_taken(&error) => {
            Err(AppError::Validation(vec![field_error("name", format!("A workspace {name} already exists."))]).into())
        }
        Err(error) => Err(error.into()),
        Ok(_) => Ok(transaction.commit().await?),
    }
}

async fn delete(state: &AppState, name: &str) -> Result<()> {
    if name == DEFAULT_WORKSPACE {
        return Err(AppError::InUse("The default workspace always exists. It cannot be deleted.".to_owned()).into());
    }
    let mut transaction = state.store.write().await?;
    let found: Option<(String, u32)> = sqlx::query_as(
        "select w.id, (select count(*) from image_registry r where r.workspace_id = w.id) from workspace w where w.name = ?",
    )
    .bind(name)
    .fetch_optional(&mut *transaction)
    .await?;
    let (id, registries) = found.ok_or_else(|| missing(name))?;
    if registries > 0 {
        let owned = counted(registries);
        return Err(AppError::InUse(format!("{name} still owns {owned}. Delete them first.")).into());
    }
    sqlx::query("delete from workspace where id = ?").bind(id).execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

fn missing(name: &str) -> AppError {
    let name = if name.is_empty() { "of this name" } else { name };
    AppError::NotFound(format!("There is no workspace {name}."))
}
