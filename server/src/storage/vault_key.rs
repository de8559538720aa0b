//! Which key the stored secrets are sealed with.

use super::database::{Connection, Storage};
use super::error::{OpenError, Result};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use std::path::Path;

/// What an existing database says about the key that its secrets are sealed with.
#[derive(Debug, PartialEq, Eq)]
pub enum SealedWith {
    /// Nothing was ever sealed.
    Nothing,
    /// With the key of this id; the proof tells it from any other.
    Key(String, String),
    /// There are sealed secrets, but nothing says with which key.
    Unknown,
}

/// Asks a database file which key its secrets are sealed with, before anything is written to it.
///
/// # Errors
/// If the file is not one of our databases.
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

/// Stores the key's id and its proof, before the first secret.
///
/// # Errors
/// If it cannot be stored.
pub async fn insert_vault_key(storage: &Storage, id: &str, proof: &str, now: i64) -> Result<()> {
    let mut transaction = storage.write().await?;
    sqlx::query("insert into vault_key (id, proof, created_at) values ($1, $2, $3)")
        .bind(id)
        .bind(proof)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}
