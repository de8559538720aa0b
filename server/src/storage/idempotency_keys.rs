//! Requests that created a registry, so that a client that has seen no answer may repeat them.

use super::database::Connection;
use super::error::{Result, UniqueConstraint};

const ID: UniqueConstraint = UniqueConstraint { name: "idempotency_key_pkey", columns: "idempotency_key.id" };

/// What a key was used for.
#[derive(sqlx::FromRow)]
pub struct IdempotencyRecord {
    /// A keyed hash of the request.
    pub request: String,
    /// The registry that it created.
    pub registry_id: String,
}

/// The use of a key since this time, in milliseconds since 1970.
pub async fn find(connection: &mut Connection, id: &str, since: i64) -> Result<Option<IdempotencyRecord>> {
    let found = connection.query("select request, registry_id from idempotency_key where id = $1 and created_at >= $2");
    found.bind(id).bind(since).fetch_optional().await
}

/// Stores the use of a key.
///
/// # Errors
/// [`StorageError::NameTaken`](super::StorageError::NameTaken) if another request uses it at the same time.
pub async fn insert(connection: &mut Connection, id: &str, used: &IdempotencyRecord, now: i64) -> Result<()> {
    connection
        .query("insert into idempotency_key (id, request, registry_id, created_at) values ($1, $2, $3, $4)")
        .bind(id)
        .bind(&used.request)
        .bind(&used.registry_id)
        .bind(now)
        .execute()
        .await
        .map_err(|error| error.or_name_taken(ID))?;
    Ok(())
}

/// Forgets what was used before this time.
pub async fn delete_before(connection: &mut Connection, time: i64) -> Result<()> {
    connection.query("delete from idempotency_key where created_at < $1").bind(time).execute().await?;
    Ok(())
}
