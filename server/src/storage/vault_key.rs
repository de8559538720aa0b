//! Identifies the key that stored secrets are sealed with.

use super::database::{Connection, Storage};
use super::error::{OpenError, Result};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use std::path::Path;

/// The key that the secrets of an existing database are sealed with.
#[derive(Debug, PartialEq, Eq)]
pub enum SealedWith {
    /// There are no sealed secrets.
    Nothing,
    /// The id of the key, and its key check value.
    Key(String, String),
    /// There are sealed secrets, but the record of their key is missing.
    Unknown,
}

/// Reads which key a database file belongs to, before anything is written to it.
///
/// # Errors
/// If the file is not a Portolan database.
pub async fn sealed_with(path: &Path) -> Result<SealedWith, OpenError> {
    if !path.exists() {
        return Ok(SealedWith::Nothing);
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    let found = read_key(&mut *pool.acquire().await?).await;
    pool.close().await;
    Ok(found?)
}

async fn read_key(connection: &mut Connection) -> Result<SealedWith, sqlx::Error> {
    if has_table(connection, "vault_key").await? {
        let key = sqlx::query_as("select id, proof from vault_key").fetch_optional(&mut *connection).await?;
        if let Some((id, proof)) = key {
            return Ok(SealedWith::Key(id, proof));
        }
    }
    if !has_table(connection, "image_registry").await? {
        return Ok(SealedWith::Nothing);
    }
    let sealed: i64 = sqlx::query_scalar("select count(*) from image_registry where password_sealed is not null")
        .fetch_one(connection)
        .await?;
    Ok(if sealed > 0 { SealedWith::Unknown } else { SealedWith::Nothing })
}

async fn has_table(connection: &mut Connection, name: &str) -> Result<bool, sqlx::Error> {
    let tables = sqlx::query_scalar("select count(*) from sqlite_master where type = 'table' and name = $1");
    let tables: i64 = tables.bind(name).fetch_one(connection).await?;
    Ok(tables > 0)
}

/// Stores the id and the key check value of the key, before the first secret.
///
/// # Errors
/// If they cannot be stored.
pub async fn insert_vault_key(storage: &Storage, id: &str, key_check: &str, now: i64) -> Result<()> {
    let mut transaction = storage.write().await?;
    sqlx::query("insert into vault_key (id, proof, created_at) values ($1, $2, $3)")
        .bind(id)
        .bind(key_check)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}
