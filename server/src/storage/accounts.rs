//! Accounts.

use super::database::Connection;
use super::error::Result;

#[derive(sqlx::FromRow)]
pub struct AccountRecord {
    pub id: String,
    /// A PHC string (Argon2id).
    pub password_hash: String,
}

pub struct NewAccountRecord<'a> {
    pub id: &'a str,
    /// Unique regardless of letter case.
    pub name: &'a str,
    /// A PHC string (Argon2id).
    pub password_hash: &'a str,
}

/// Whether there are any accounts.
pub async fn exist(connection: &mut Connection) -> Result<bool> {
    let accounts: i64 = sqlx::query_scalar("select count(*) from account").fetch_one(connection).await?;
    Ok(accounts > 0)
}

/// The account with this name, in any letter case.
pub async fn by_name(connection: &mut Connection, name: &str) -> Result<Option<AccountRecord>> {
    let account = sqlx::query_as("select id, password_hash from account where lower(name) = lower($1)");
    Ok(account.bind(name).fetch_optional(connection).await?)
}

pub async fn password_hash(connection: &mut Connection, id: &str) -> Result<Option<String>> {
    let hash = sqlx::query_scalar("select password_hash from account where id = $1");
    Ok(hash.bind(id).fetch_optional(connection).await?)
}

/// Stores the first account. Returns false and stores nothing if there is one already.
pub async fn insert_first(connection: &mut Connection, account: NewAccountRecord<'_>, now: i64) -> Result<bool> {
    let inserted = sqlx::query(
        "insert into account (id, name, password_hash, password_changed_at, created_at)
         select $1, $2, $3, $4, $4 where not exists (select 1 from account)",
    )
    .bind(account.id)
    .bind(account.name)
    .bind(account.password_hash)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() > 0)
}

/// Replaces the hash of an unchanged password. Returns whether the stored hash was still `before`.
pub async fn renew_hash(connection: &mut Connection, id: &str, before: &str, renewed: &str) -> Result<bool> {
    let updated = sqlx::query("update account set password_hash = $1 where id = $2 and password_hash = $3")
        .bind(renewed)
        .bind(id)
        .bind(before)
        .execute(connection)
        .await?;
    Ok(updated.rows_affected() > 0)
}

/// Stores a new password. Returns whether the stored hash was still `before`.
pub async fn change_password(
    connection: &mut Connection,
    id: &str,
    before: Option<&str>,
    hash: &str,
    now: i64,
) -> Result<bool> {
    let updated = sqlx::query(
        "update account set password_hash = $1, password_changed_at = $2 where id = $3 and password_hash = $4",
    )
    .bind(hash)
    .bind(now)
    .bind(id)
    .bind(before)
    .execute(connection)
    .await?;
    Ok(updated.rows_affected() > 0)
}
