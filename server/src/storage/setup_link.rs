//! The token of the link that creates the first administrator.

use super::database::Connection;
use super::error::Result;

/// Stores a sealed token, unless there is one. Returns the one that is stored.
pub async fn insert_or_find(connection: &mut Connection, token_sealed: &str) -> Result<String> {
    let insert = "insert into setup_link (id, token_sealed) values (1, $1) on conflict (id) do nothing";
    connection.query(insert).bind(token_sealed).execute().await?;
    connection.query("select token_sealed from setup_link").fetch_scalar().await
}

/// The sealed token, if there is one.
pub async fn find(connection: &mut Connection) -> Result<Option<String>> {
    Ok(connection.query("select token_sealed from setup_link").fetch_scalars().await?.pop())
}

pub async fn delete(connection: &mut Connection) -> Result<()> {
    connection.query("delete from setup_link").execute().await?;
    Ok(())
}
