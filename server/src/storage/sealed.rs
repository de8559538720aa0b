//! Everything that is sealed with a key: the passwords of registries, and the token of the setup link. For the rotation of
//! keys, which seals it again.

use super::database::Connection;
use super::error::Result;
use crate::vault;

/// A secret, with what it is bound to.
#[derive(sqlx::FromRow)]
pub struct SealedPassword {
    /// The id of the registry.
    pub id: String,
    pub name: String,
    pub workspace_id: String,
    /// The name of the workspace.
    pub workspace: String,
    pub url: String,
    pub password_sealed: String,
}

/// How many secrets begin with the same text, which names their key.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SealedCount {
    pub prefix: String,
    pub passwords: i64,
    pub setup_links: i64,
}

/// The length of `v1:`, an id and `:`.
const PREFIX: usize = 12;

/// Counts the secrets of each key.
pub async fn counts(connection: &mut Connection) -> Result<Vec<SealedCount>> {
    let sql = sqlx::AssertSqlSafe(format!(
        "select prefix, cast(sum(passwords) as bigint) as passwords, cast(sum(setup_links) as bigint) as setup_links
         from (select substr(password_sealed, 1, {PREFIX}) as prefix, 1 as passwords, 0 as setup_links
         from image_registry where password_sealed is not null
         union all select substr(token_sealed, 1, {PREFIX}), 0, 1 from setup_link) sealed
         group by prefix order by prefix"
    ));
    connection.query(sql).fetch_all().await
}

/// How many secrets are sealed with this key.
pub async fn count(connection: &mut Connection, key_id: &str) -> Result<u64> {
    let prefix = vault::prefix(key_id);
    let of_key = counts(connection).await?.into_iter().filter(|count| count.prefix == prefix);
    Ok(of_key.map(|count| (count.passwords + count.setup_links).unsigned_abs()).sum())
}

/// The next passwords in the order of ids that are not sealed with this key. `for_update` keeps other transactions from
/// changing them until this one ends.
pub async fn passwords_of_other_keys(
    connection: &mut Connection,
    key_id: &str,
    after: &str,
    limit: u32,
    for_update: bool,
) -> Result<Vec<SealedPassword>> {
    let lock = match connection {
        Connection::Postgres(_) if for_update => " for update of r",
        _ => "",
    };
    let sql = sqlx::AssertSqlSafe(format!(
        "select r.id, r.name, r.workspace_id, w.name as workspace, r.url, r.password_sealed
         from image_registry r join workspace w on w.id = r.workspace_id
         where r.id > $1 and substr(r.password_sealed, 1, {PREFIX}) <> $2 order by r.id limit $3{lock}"
    ));
    connection.query(sql).bind(after).bind(vault::prefix(key_id)).bind(i64::from(limit)).fetch_all().await
}

/// Replaces a password by the same one, sealed with another key. Returns false if it is no longer the one that was read.
pub async fn replace_password(connection: &mut Connection, id: &str, before: &str, sealed: &str) -> Result<bool> {
    let replaced = connection
        .query("update image_registry set password_sealed = $3 where id = $1 and password_sealed = $2")
        .bind(id)
        .bind(before)
        .bind(sealed)
        .execute()
        .await?;
    Ok(replaced > 0)
}

/// Replaces the token of the setup link by the same one, sealed with another key. Returns false if it is no longer there.
pub async fn replace_setup_link(connection: &mut Connection, before: &str, sealed: &str) -> Result<bool> {
    let replaced = connection.query("update setup_link set token_sealed = $2 where token_sealed = $1");
    Ok(replaced.bind(before).bind(sealed).execute().await? > 0)
}
