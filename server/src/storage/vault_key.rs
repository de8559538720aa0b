//! Identifies the keys that stored secrets are sealed with, and says which one seals.
//!
//! A transaction that seals a secret asks for the active key, and no key is activated or removed until that transaction
//! has ended ([`lock_vault_key`](super::Connection::lock_vault_key)). So once a key is active, nothing is sealed with
//! another one any more, on any server.

use super::address::DatabaseAddress;
use super::database::{Connection, Storage, WriteTransaction};
use super::error::{OpenError, Result};
use super::{postgres, sqlite};

/// A key that is, was or will be used. Never the key itself.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KeyRecord {
    pub id: String,
    /// The key check value.
    pub proof: String,
    pub created_at: i64,
    /// `None` if it has never been active. Of those that have, the last one is.
    pub active_since: Option<i64>,
    pub removed_at: Option<i64>,
}

/// The keys that the secrets of an existing database are sealed with.
#[derive(Debug, PartialEq, Eq)]
pub enum SealedWith {
    /// There are no sealed secrets.
    Nothing,
    /// The keys that are needed to open all of them, the active one first.
    Keys(Vec<KeyRecord>),
    /// There are sealed secrets, but the record of their key is missing.
    Unknown,
}

/// Reads which keys a database belongs to, before anything is written to it.
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
    read_keys(&mut connection).await
}

pub(super) async fn read_keys(connection: &mut Connection) -> Result<SealedWith, OpenError> {
    if connection.has_table("vault_key").await? {
        let keys = needed(records(connection).await?);
        if !keys.is_empty() {
            return Ok(SealedWith::Keys(keys));
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

/// All records, the active key first.
pub async fn records(connection: &mut Connection) -> Result<Vec<KeyRecord>> {
    // Before keys could be rotated, there was one, which was active.
    let sql = match connection.has_column("vault_key", "active_since").await? {
        true => {
            "select id, proof, created_at, active_since, removed_at from vault_key
             order by removed_at is not null, active_since is null, active_since desc, id"
        }
        false => {
            "select id, proof, created_at, created_at as active_since, cast(null as bigint) as removed_at from vault_key"
        }
    };
    connection.query(sql).fetch_all().await
}

/// The keys that secrets may be sealed with.
pub fn needed(mut records: Vec<KeyRecord>) -> Vec<KeyRecord> {
    records.retain(|key| key.active_since.is_some() && key.removed_at.is_none());
    records
}

/// The id of the key that seals. It stays active until this transaction ends.
pub async fn active(transaction: &mut WriteTransaction) -> Result<String> {
    let active = transaction.query(
        "select id from vault_key where active_since is not null and removed_at is null
         order by active_since desc limit 1",
    );
    active.fetch_scalar().await
}

/// Stores the id and the key check value of the key, before the first secret, unless there are those of another key.
/// Returns the records of the keys that are needed.
///
/// # Errors
/// If they cannot be stored.
pub async fn insert_or_find_vault_key(
    storage: &Storage,
    id: &str,
    key_check: &str,
    now: i64,
) -> Result<Vec<KeyRecord>> {
    let mut transaction = storage.write().await?;
    transaction.lock_vault_key().await?;
    transaction
        .query(
            "insert into vault_key (id, proof, created_at, active_since)
             select $1, $2, $3, $3 where not exists (select 1 from vault_key where active_since is not null)",
        )
        .bind(id)
        .bind(key_check)
        .bind(now)
        .execute()
        .await?;
    let stored = needed(records(&mut transaction).await?);
    transaction.commit().await?;
    Ok(stored)
}

/// Stores the key that is to become active. One that was stored before, but was never active, is forgotten.
pub async fn insert_next(connection: &mut Connection, id: &str, key_check: &str, now: i64) -> Result<()> {
    connection
        .query("delete from vault_key where active_since is null and removed_at is null and id <> $1")
        .bind(id)
        .execute()
        .await?;
    connection
        .query("insert into vault_key (id, proof, created_at) values ($1, $2, $3) on conflict (id) do nothing")
        .bind(id)
        .bind(key_check)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// Makes a key the active one. The clock may have been set back since the last time.
pub async fn activate(connection: &mut Connection, id: &str, now: i64) -> Result<()> {
    connection
        .query(
            "update vault_key set active_since =
             (select case when max(active_since) >= $2 then max(active_since) + 1 else $2 end from vault_key)
             where id = $1",
        )
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// Marks a key as removed. Its record stays, so that it is never used again.
pub async fn remove(connection: &mut Connection, id: &str, now: i64) -> Result<()> {
    connection.query("update vault_key set removed_at = $2 where id = $1").bind(id).bind(now).execute().await?;
    Ok(())
}
