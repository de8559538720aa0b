//! One-time links that set a password. The id of a link is the hash of its token.

use super::database::Connection;
use super::error::Result;

/// The account that a link belongs to.
#[derive(sqlx::FromRow)]
pub struct LinkRecord {
    pub account_id: String,
    /// The name of the account.
    pub name: String,
}

/// Stores a link, in place of the one that the account has.
pub async fn replace(connection: &mut Connection, id: &str, account_id: &str, now: i64, expires_at: i64) -> Result<()> {
    withdraw(connection, account_id).await?;
    connection
        .query("insert into password_link (id, account_id, created_at, expires_at) values ($1, $2, $3, $4)")
        .bind(id)
        .bind(account_id)
        .bind(now)
        .bind(expires_at)
        .execute()
        .await?;
    Ok(())
}

/// Deletes the link of an account, if it has one.
pub async fn withdraw(connection: &mut Connection, account_id: &str) -> Result<()> {
    connection.query("delete from password_link where account_id = $1").bind(account_id).execute().await?;
    Ok(())
}

/// The account of a link that can still be used.
pub async fn find(connection: &mut Connection, id: &str, now: i64) -> Result<Option<LinkRecord>> {
    let link = connection.query(
        "select a.id as account_id, a.name from password_link l join account a on a.id = l.account_id
         where l.id = $1 and l.expires_at > $2 and a.disabled_at is null",
    );
    link.bind(id).bind(now).fetch_optional().await
}

/// Sets the password of the account that a link belongs to.
pub async fn set_password(connection: &mut Connection, account_id: &str, hash: &str, now: i64) -> Result<()> {
    connection
        .query("update account set password_hash = $1, password_changed_at = $2 where id = $3")
        .bind(hash)
        .bind(now)
        .bind(account_id)
        .execute()
        .await?;
    Ok(())
}
