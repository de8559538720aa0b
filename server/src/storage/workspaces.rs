//! Workspaces, which own image registries.

use super::database::Connection;
use super::error::{Result, StorageError};

/// The columns of the unique constraint on names.
const NAME: &str = "workspace.name";

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
    let count: i64 = sqlx::query_scalar("select count(*) from workspace").fetch_one(connection).await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// One page of the workspaces, sorted by name.
pub async fn page(connection: &mut Connection, limit: u32, offset: u32) -> Result<Vec<WorkspaceRecord>> {
    let page = sqlx::query_as(concat!(select!(), " order by w.name limit $1 offset $2"));
    Ok(page.bind(i64::from(limit)).bind(i64::from(offset)).fetch_all(connection).await?)
}

/// The first names, sorted.
pub async fn names(connection: &mut Connection, limit: u32) -> Result<Vec<String>> {
    let names = sqlx::query_scalar("select name from workspace order by name limit $1");
    Ok(names.bind(i64::from(limit)).fetch_all(connection).await?)
}

pub async fn by_name(connection: &mut Connection, name: &str) -> Result<Option<WorkspaceRecord>> {
    Ok(sqlx::query_as(concat!(select!(), " where w.name = $1")).bind(name).fetch_optional(connection).await?)
}

/// Stores a new workspace.
///
/// # Errors
/// [`StorageError::NameTaken`] if there is another workspace with this name.
pub async fn insert(connection: &mut Connection, id: &str, name: &str, now: i64) -> Result<()> {
    sqlx::query("insert into workspace (id, name, created_at) values ($1, $2, $3)")
        .bind(id)
        .bind(name)
        .bind(now)
        .execute(connection)
        .await
        .map_err(|error| StorageError::of_insert(error, NAME))?;
    Ok(())
}

/// Deletes an empty workspace.
pub async fn delete(connection: &mut Connection, id: &str) -> Result<()> {
    sqlx::query("delete from workspace where id = $1").bind(id).execute(connection).await?;
    Ok(())
}
