//! What an administrator has set on a page.

use super::database::Connection;
use super::error::Result;

/// For how many days entries of the audit trail are kept.
pub const AUDIT_RETENTION_DAYS: &str = "audit_retention_days";

pub async fn get(connection: &mut Connection, id: &str) -> Result<Option<String>> {
    let values = connection.query("select value from setting where id = $1").bind(id).fetch_scalars();
    Ok(values.await?.pop())
}

/// Stores a value or, with `None`, removes it.
pub async fn set(connection: &mut Connection, id: &str, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => {
            let upsert = connection.query(
                "insert into setting (id, value) values ($1, $2) on conflict (id) do update set value = excluded.value",
            );
            upsert.bind(id).bind(value).execute().await?;
        }
        None => _ = connection.query("delete from setting where id = $1").bind(id).execute().await?,
    }
    Ok(())
}
