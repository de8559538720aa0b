//! Identifies the key that stored secrets are sealed with.

use super::address::DatabaseAddress;
use super::database::{Connection, Storage};
use super::error::{OpenError, Result};
use super::{postgres, sqlite};

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

/// Reads which key a database belongs to, before anything is written to it.
///
/// # Errors
/// If it is not a Portolan database.
pub async fn sealed_with(address: &DatabaseAddress) -> Result<SealedWith, OpenError> {
    let mut connection = match address {
        DatabaseAddress::Sqlite(path) => match sqlite::open_read_only(path).await? {
            Some(connection) => connection,
            None => return Ok(SealedWith::Nothing),
        },
        DatabaseAddress::Postgres(settings) => {
            let mut connection = postgres::open_read_only(settings).await?;
            // Another server may be creating the tables.
            connection.begin(postgres::SNAPSHOT).await?;
            Connection::Postgres(connection)
        }
    };
    read_key(&mut connection).await
}

pub(super) async fn read_key(connection: &mut Connection) -> Result<SealedWith, OpenError> {
    if connection.has_table("vault_key").await? {
        let key = connection.query("select id, proof from vault_key").fetch_optional().await?;
        if let Some((id, proof)) = key {
            return Ok(SealedWith::Key(id, proof));
        }
    } else if connection.has_tables().await? {
        return Err(OpenError::NotOurs);
    }
    if !connection.has_table("image_registry").await? {
        return Ok(SealedWith::Nothing);
    }
    let sealed = connection.query("select count(*) from image_registry where password_sealed is not null");
    Ok(if sealed.fetch_scalar::<i64>().await? > 0 { SealedWith::Unknown } else { SealedWith::Nothing })
}

/// Stores the id and the key check value of the key, before the first secret, unless there are those of another key.
/// Returns what is stored.
///
/// # Errors
/// If they cannot be stored.
pub async fn insert_or_find_vault_key(
    storage: &Storage,
    id: &str,
    key_check: &str,
    now: i64,
) -> Result<(String, String)> {
    let mut transaction = storage.write().await?;
    transaction.lock_vault_key().await?;
    transaction
        .query(
            "insert into vault_key (id, proof, created_at)
             select $1, $2, $3 where not exists (select 1 from vault_key)",
        )
        .bind(id)
        .bind(key_check)
        .bind(now)
        .execute()
        .await?;
    let stored = transaction.query("select id, proof from vault_key").fetch_one().await?;
    transaction.commit().await?;
    Ok(stored)
}
