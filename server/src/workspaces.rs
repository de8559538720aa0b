//! Workspaces, behind the port.

use crate::backend::Portolan;
use crate::entropy;
use crate::moment::moment;
use crate::trouble::{Outcome, is_taken};
use app::workspaces::port::Workspaces;
use app::workspaces::{
    DEFAULT_WORKSPACE, SHOWN_REGISTRIES, WORKSPACES_PER_PAGE, WorkspaceDetails, WorkspaceList, WorkspaceSummary,
    counted,
};
use app::{Actor, PageTurner, Refusal};
use async_trait::async_trait;
use domain::{Name, problem};
use sqlx::SqliteConnection;

#[async_trait]
impl Workspaces for Portolan {
    async fn list_workspaces(&self, _: &Actor, page: u32) -> Result<WorkspaceList, Refusal> {
        Ok(list(self, page).await?)
    }

    async fn workspace(&self, _: &Actor, name: &str) -> Result<WorkspaceDetails, Refusal> {
        Ok(details(self, name).await?)
    }

    async fn create_workspace(&self, _: &Actor, name: &Name) -> Result<(), Refusal> {
        Ok(create(self, name).await?)
    }

    async fn delete_workspace(&self, _: &Actor, name: &str) -> Result<(), Refusal> {
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
        WorkspaceSummary { name: self.name, registries: self.registries, created: moment(self.created_at) }
    }
}

async fn list(portolan: &Portolan, page: u32) -> Outcome<WorkspaceList> {
    let mut reader = portolan.store.readers().acquire().await?;
    let total: u32 = sqlx::query_scalar("select count(*) from workspace").fetch_one(&mut *reader).await?;
    let turner = PageTurner::nearest(page, WORKSPACES_PER_PAGE, total);
    let rows: Vec<WorkspaceRow> = sqlx::query_as(
        "select w.name, w.created_at, (select count(*) from image_registry r where r.workspace_id = w.id) as registries
         from workspace w order by w.name limit ? offset ?",
    )
    .bind(turner.per_page)
    .bind(turner.offset())
    .fetch_all(&mut *reader)
    .await?;
    Ok(WorkspaceList { rows: rows.into_iter().map(WorkspaceRow::summary).collect(), turner })
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

async fn details(portolan: &Portolan, name: &str) -> Outcome<WorkspaceDetails> {
    let row: Option<WorkspaceRow> = sqlx::query_as(
        "select w.name, w.created_at, (select count(*) from image_registry r where r.workspace_id = w.id) as registries
         from workspace w where w.name = ?",
    )
    .bind(name)
    .fetch_optional(portolan.store.readers())
    .await?;
    let summary = row.ok_or_else(|| missing(name))?.summary();
    let registries = sqlx::query_scalar(
        "select r.name from image_registry r join workspace w on w.id = r.workspace_id
         where w.name = ? order by r.name limit ?",
    )
    .bind(name)
    .bind(SHOWN_REGISTRIES)
    .fetch_all(portolan.store.readers())
    .await?;
    Ok(WorkspaceDetails { summary, registries })
}

async fn create(portolan: &Portolan, name: &Name) -> Outcome<()> {
    let mut transaction = portolan.store.write().await?;
    let inserted = sqlx::query("insert into workspace (id, name, created_at) values (?, ?, ?)")
        .bind(entropy::id(&*portolan.entropy))
        .bind(name.as_str())
        .bind(portolan.clock.now())
        .execute(&mut *transaction)
        .await;
    match inserted {
        Err(error) if is_taken(&error) => {
            Err(Refusal::Invalid(vec![problem("name", format!("A workspace {name} already exists."))]).into())
        }
        Err(error) => Err(error.into()),
        Ok(_) => Ok(transaction.commit().await?),
    }
}

async fn delete(portolan: &Portolan, name: &str) -> Outcome<()> {
    if name == DEFAULT_WORKSPACE {
        return Err(Refusal::InUse("The default workspace always exists. It cannot be deleted.".to_owned()).into());
    }
    let mut transaction = portolan.store.write().await?;
    let found: Option<(String, u32)> = sqlx::query_as(
        "select w.id, (select count(*) from image_registry r where r.workspace_id = w.id) from workspace w where w.name = ?",
    )
    .bind(name)
    .fetch_optional(&mut *transaction)
    .await?;
    let (id, registries) = found.ok_or_else(|| missing(name))?;
    if registries > 0 {
        let owned = counted(registries);
        return Err(Refusal::InUse(format!("{name} still owns {owned}. Delete them first.")).into());
    }
    sqlx::query("delete from workspace where id = ?").bind(id).execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

fn missing(name: &str) -> Refusal {
    let name = if name.is_empty() { "of this name" } else { name };
    Refusal::Missing(format!("There is no workspace {name}."))
}
