//! Workspaces, which own image registries.

use super::database::Connection;
use super::error::{Result, UniqueConstraint};
use super::scope::Scope;
use sqlx::AssertSqlSafe;

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

/// The columns of a [`WorkspaceRecord`].
const SELECT: &str = "select w.id, w.name, w.created_at,
    (select count(*) from image_registry r where r.workspace_id = w.id) as registries from workspace w";

pub async fn count(connection: &mut Connection, scope: Scope<'_>) -> Result<u32> {
    let (within, values) = scope.and("w.id", 1);
    let sql = format!("select count(*) from workspace w where true{within}");
    let count: i64 = connection.query(AssertSqlSafe(sql)).bind_all(&values).fetch_scalar().await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// One page of the workspaces, sorted by name.
pub async fn page(
    connection: &mut Connection,
    scope: Scope<'_>,
    limit: u32,
    offset: u32,
) -> Result<Vec<WorkspaceRecord>> {
    let (within, values) = scope.and("w.id", 3);
    let sql = format!("{SELECT} where true{within} order by w.name limit $1 offset $2");
    let page = connection.query(AssertSqlSafe(sql)).bind(i64::from(limit)).bind(i64::from(offset));
    page.bind_all(&values).fetch_all().await
}

/// The first names, sorted.
pub async fn names(connection: &mut Connection, scope: Scope<'_>, limit: u32) -> Result<Vec<String>> {
    let (within, values) = scope.and("w.id", 2);
    let sql = format!("select w.name from workspace w where true{within} order by w.name limit $1");
    connection.query(AssertSqlSafe(sql)).bind(i64::from(limit)).bind_all(&values).fetch_scalars().await
}

pub async fn by_name(connection: &mut Connection, scope: Scope<'_>, name: &str) -> Result<Option<WorkspaceRecord>> {
    let (within, values) = scope.and("w.id", 2);
    let sql = format!("{SELECT} where w.name = $1{within}");
    connection.query(AssertSqlSafe(sql)).bind(name).bind_all(&values).fetch_optional().await
}

/// The name of the workspace with this id.
pub async fn name_of(connection: &mut Connection, id: &str) -> Result<Option<String>> {
    let names = connection.query("select name from workspace where id = $1").bind(id).fetch_scalars();
    Ok(names.await?.pop())
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
