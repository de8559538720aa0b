//! Workspaces, which own image registries.

use super::database::Connection;
use super::error::{Result, UniqueConstraint};

const NAME: UniqueConstraint = UniqueConstraint { name: "workspace_name_key", columns: "workspace.name" };

/// A workspace and the number of its image registries.
#[derive(sqlx::FromRow)]
pub struct WorkspaceRecord {
    pub id: String,
    pub name: String,
    pub created_at: i64,
    #[sqlx(try_from = "i64")]
    pub registries: u32,
}

/// The columns of a [`WorkspaceRecord`]. A macro, so that each statement stays a literal, as sqlx requires.
macro_rules! select {
    () => {
        "select w.id, w.name, w.created_at,
         (select count(*) from image_registry r where r.workspace_id = w.id) as registries from workspace w"
    };
}

pub async fn count(connection: &mut Connection) -> Result<u32> {
    let count: i64 = connection.query("select count(*) from workspace").fetch_scalar().await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// One page of the workspaces, sorted by name.
pub async fn page(connection: &mut Connection, limit: u32, offset: u32) -> Result<Vec<WorkspaceRecord>> {
    let page = connection.query(concat!(select!(), " order by w.name limit $1 offset $2"));
    page.bind(i64::from(limit)).bind(i64::from(offset)).fetch_all().await
}

/// The first names, sorted.
pub async fn names(connection: &mut Connection, limit: u32) -> Result<Vec<String>> {
    let names = connection.query("select name from workspace order by name limit $1");
    names.bind(i64::from(limit)).fetch_scalars().await
}

pub async fn by_name(connection: &mut Connection, name: &str) -> Result<Option<WorkspaceRecord>> {
    connection.query(concat!(select!(), " where w.name = $1")).bind(name).fetch_optional().await
}

/// Stores a new workspace.
///
/// # Errors
/// [`StorageError::NameTaken`] if there is another workspace with this name.
pub async fn insert(connection: &mut Connection, id: &str, name: &str, now: i64) -> Result<()> {
    connection
        .query("insert into workspace (id, name, created_at) values ($1, $2, $3)")
        .bind(id)
        .bind(name)
        .bind(now)
        .execute()
        .await
        .map_err(|error| error.or_name_taken(NAME))?;
    Ok(())
}

/// Deletes an empty workspace.
pub async fn delete(connection: &mut Connection, id: &str) -> Result<()> {
    connection.query("delete from workspace where id = $1").bind(id).execute().await?;
    Ok(())
}
