//! Workspaces, which own image registries.

use super::database::Connection;
use super::error::{Result, StorageError};

/// The columns of the unique constraint on names.
const NAME: &str = "workspace.name";

/// A workspace, and how many image registries it owns.
#[derive(sqlx::FromRow)]
pub struct WorkspaceRecord {
    /// The workspace's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created_at: i64,
    /// How many image registries it owns.
    #[sqlx(try_from = "i64")]
    pub registries: u32,
}

/// What both questions select. A macro, so that each statement stays a literal, as sqlx requires.
macro_rules! select {
    () => {
        "select w.id, w.name, w.created_at,
         (select count(*) from image_registry r where r.workspace_id = w.id) as registries from workspace w"
    };
}

/// How many there are.
pub async fn count(connection: &mut Connection) -> Result<u32> {
    let count: i64 = sqlx::query_scalar("select count(*) from workspace").fetch_one(connection).await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Some of them, in the order of their names.
pub async fn page(connection: &mut Connection, limit: u32, offset: u32) -> Result<Vec<WorkspaceRecord>> {
    let page = sqlx::query_as(concat!(select!(), " order by w.name limit $1 offset $2"));
    Ok(page.bind(i64::from(limit)).bind(i64::from(offset)).fetch_all(connection).await?)
}

/// The first names, in their order.
pub async fn names(connection: &mut Connection, limit: u32) -> Result<Vec<String>> {
    let names = sqlx::query_scalar("select name from workspace order by name limit $1");
    Ok(names.bind(i64::from(limit)).fetch_all(connection).await?)
}

/// The workspace of this name.
pub async fn by_name(connection: &mut Connection, name: &str) -> Result<Option<WorkspaceRecord>> {
    Ok(sqlx::query_as(concat!(select!(), " where w.name = $1")).bind(name).fetch_optional(connection).await?)
}

/// Stores a workspace.
///
/// # Errors
/// [`StorageError::NameTaken`] if another has this name.
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

/// Deletes a workspace that owns nothing.
pub async fn delete(connection: &mut Connection, id: &str) -> Result<()> {
    sqlx::query("delete from workspace where id = $1").bind(id).execute(connection).await?;
    Ok(())
}
