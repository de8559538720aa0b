//! Accounts.

use super::database::Connection;
use super::error::Result;

#[derive(sqlx::FromRow)]
pub struct AccountRecord {
    pub id: String,
    pub name: String,
    /// A PHC string (Argon2id); empty if the person was invited and has not set a password yet.
    pub password_hash: String,
    /// Since when the person may not log in.
    pub disabled_at: Option<i64>,
}

impl AccountRecord {
    /// Whether the right password is enough to log in.
    pub fn may_log_in(&self) -> bool {
        !self.password_hash.is_empty() && self.disabled_at.is_none()
    }
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
    let accounts: i64 = connection.query("select count(*) from account").fetch_scalar().await?;
    Ok(accounts > 0)
}

/// The account with this name, in any letter case.
pub async fn by_name(connection: &mut Connection, name: &str) -> Result<Option<AccountRecord>> {
    // `lower` of the column folds only ASCII. That of a value would follow the database's locale on PostgreSQL.
    let account = connection.query("select id, name, password_hash, disabled_at from account where lower(name) = $1");
    account.bind(name.to_ascii_lowercase()).fetch_optional().await
}

pub async fn password_hash(connection: &mut Connection, id: &str) -> Result<Option<String>> {
    let hashes = connection.query("select password_hash from account where id = $1").bind(id).fetch_scalars();
    Ok(hashes.await?.pop())
}

/// Stores the first account. Returns false and stores nothing if there is one already.
pub async fn insert_first(connection: &mut Connection, account: NewAccountRecord<'_>, now: i64) -> Result<bool> {
    connection.lock_accounts().await?;
    let inserted = connection
        .query(
            "insert into account (id, name, password_hash, password_changed_at, created_at, role)
         select $1, $2, $3, $4, $4, 'Administrator' where not exists (select 1 from account)",
        )
        .bind(account.id)
        .bind(account.name)
        .bind(account.password_hash)
        .bind(now)
        .execute()
        .await?;
    Ok(inserted > 0)
}

/// Replaces the hash of an unchanged password. Returns whether the stored hash was still `before`.
pub async fn renew_hash(connection: &mut Connection, id: &str, before: &str, renewed: &str) -> Result<bool> {
    let updated = connection
        .query("update account set password_hash = $1 where id = $2 and password_hash = $3 and disabled_at is null")
        .bind(renewed)
        .bind(id)
        .bind(before)
        .execute()
        .await?;
    Ok(updated > 0)
}

/// Stores a new password. Returns whether the stored hash was still `before`.
pub async fn change_password(
    connection: &mut Connection,
    id: &str,
    before: Option<&str>,
    hash: &str,
    now: i64,
) -> Result<bool> {
    let updated = connection
        .query("update account set password_hash = $1, password_changed_at = $2 where id = $3 and password_hash = $4")
        .bind(hash)
        .bind(now)
        .bind(id)
        .bind(before)
        .execute()
        .await?;
    Ok(updated > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::on_both_engines;
    use std::time::Duration;

    #[tokio::test]
    async fn a_name_is_found_in_any_ascii_letter_case_and_exactly_otherwise() {
        on_both_engines(async |storage| {
            let mut transaction = storage.write().await.unwrap();
            let account = NewAccountRecord { id: "a", name: "\u{c4}nnI", password_hash: "hash" };
            assert!(insert_first(&mut transaction, account, 1).await.unwrap());
            for (name, is_found) in [("\u{c4}nnI", true), ("\u{c4}NNi", true), ("\u{e4}nni", false)] {
                assert_eq!(by_name(&mut transaction, name).await.unwrap().is_some(), is_found, "{name}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn s9_of_two_accounts_at_the_same_time_only_one_is_the_first() {
        on_both_engines(async |storage| {
            let account = |id| NewAccountRecord { id, name: id, password_hash: "hash" };
            let mut first = storage.write().await.unwrap();
            assert!(insert_first(&mut first, account("anna"), 1).await.unwrap());
            let second = async {
                let mut second = storage.write().await.unwrap();
                insert_first(&mut second, account("bert"), 1).await.unwrap()
            };
            let commit = async {
                tokio::time::sleep(Duration::from_millis(200)).await;
                first.commit().await.unwrap();
            };
            let (is_second_first, ()) = tokio::join!(second, commit);
            assert!(!is_second_first);
        })
        .await;
    }
}
