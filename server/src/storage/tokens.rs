//! Tokens of the API.

use super::columns::{GrantColumns, OptionalGrantColumns};
use super::database::Connection;
use super::error::Result;
use domain::Grant;
use sqlx::AssertSqlSafe;
use std::collections::HashMap;

#[derive(sqlx::FromRow)]
pub struct TokenRecord {
    pub id: String,
    /// Who or what uses it.
    pub name: String,
    /// Whose it is; `None` if it belongs to the workspace.
    pub account_id: Option<String>,
    /// The name of the account.
    pub owner: Option<String>,
    /// The only workspace that it is good for.
    pub workspace_id: Option<String>,
    /// The name of the workspace.
    pub workspace: Option<String>,
    /// The most that it allows.
    #[sqlx(flatten, try_from = "GrantColumns")]
    pub limit: Grant,
    /// The name of its maker at that time.
    pub created_by: String,
    pub created_at: i64,
    pub expires_at: i64,
    pub last_used_at: Option<i64>,
    pub last_used_address: Option<String>,
}

/// The account that a token belongs to.
#[derive(sqlx::FromRow)]
pub struct OwnerRecord {
    pub name: String,
    /// What the account may do everywhere.
    #[sqlx(flatten, try_from = "OptionalGrantColumns")]
    pub grant: Option<Grant>,
    pub disabled_at: Option<i64>,
}

pub struct NewTokenRecord<'a> {
    pub id: &'a str,
    pub hash: &'a str,
    pub name: &'a str,
    pub account_id: Option<&'a str>,
    pub workspace_id: Option<&'a str>,
    pub limit: Grant,
    pub created_by: &'a str,
    /// Milliseconds since 1970.
    pub created_at: i64,
    pub expires_at: i64,
}

/// When and from where a token was last used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenUse {
    /// Milliseconds since 1970.
    pub at: i64,
    pub address: String,
}

/// Which tokens to list.
#[derive(Clone, Copy)]
pub enum TokensOf<'a> {
    Everybody,
    /// Those of the account, and those that belong to the workspaces in which it is an administrator.
    Account(&'a str),
    /// Those that belong to the workspace with this id.
    Workspace(&'a str),
}

/// Whose a token is.
#[derive(Clone, Copy)]
pub enum TokenOwner<'a> {
    /// The id of a person.
    Account(&'a str),
    /// The id of a workspace.
    Workspace(&'a str),
}

const SELECT: &str = "select t.id, t.name, t.account_id, a.name as owner, t.workspace_id, w.name as workspace, t.role,
    t.read_credentials, t.created_by, t.created_at, t.expires_at, t.last_used_at, t.last_used_address
    from api_token t left join account a on a.id = t.account_id left join workspace w on w.id = t.workspace_id";

/// The token with this hash, even if it has expired.
pub async fn by_hash(connection: &mut Connection, hash: &str) -> Result<Option<TokenRecord>> {
    connection.query(AssertSqlSafe(format!("{SELECT} where t.hash = $1"))).bind(hash).fetch_optional().await
}

pub async fn by_id(connection: &mut Connection, id: &str) -> Result<Option<TokenRecord>> {
    connection.query(AssertSqlSafe(format!("{SELECT} where t.id = $1"))).bind(id).fetch_optional().await
}

/// The account with this id.
pub async fn owner(connection: &mut Connection, account_id: &str) -> Result<Option<OwnerRecord>> {
    let owner = connection.query("select name, role, read_credentials, disabled_at from account where id = $1");
    owner.bind(account_id).fetch_optional().await
}

impl TokensOf<'_> {
    /// A condition of a statement, and the value of the parameter with this number.
    fn condition(&self, number: usize) -> (String, Option<String>) {
        match self {
            Self::Everybody => ("true".to_owned(), None),
            Self::Account(id) => {
                let condition = format!(
                    "(t.account_id = ${number} or t.account_id is null and t.workspace_id in
                     (select workspace_id from workspace_role where account_id = ${number} and role = 'Administrator'))"
                );
                (condition, Some((*id).to_owned()))
            }
            Self::Workspace(id) => {
                (format!("t.account_id is null and t.workspace_id = ${number}"), Some((*id).to_owned()))
            }
        }
    }
}

/// How many of these there are, with expired ones.
pub async fn count(connection: &mut Connection, of: TokensOf<'_>) -> Result<u32> {
    let (condition, value) = of.condition(1);
    let sql = format!("select count(*) from api_token t where {condition}");
    let count: i64 = connection.query(AssertSqlSafe(sql)).bind_all(value.as_slice()).fetch_scalar().await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// One page of these, the newest first.
pub async fn page(connection: &mut Connection, of: TokensOf<'_>, limit: u32, offset: u32) -> Result<Vec<TokenRecord>> {
    let (condition, value) = of.condition(3);
    let sql = format!("{SELECT} where {condition} order by t.created_at desc, t.id limit $1 offset $2");
    let page = connection.query(AssertSqlSafe(sql)).bind(i64::from(limit)).bind(i64::from(offset));
    page.bind_all(value.as_slice()).fetch_all().await
}

/// The one with this id, if it is among these.
pub async fn find(connection: &mut Connection, of: TokensOf<'_>, id: &str) -> Result<Option<TokenRecord>> {
    let (condition, value) = of.condition(2);
    let query = connection.query(AssertSqlSafe(format!("{SELECT} where t.id = $1 and {condition}"))).bind(id);
    query.bind_all(value.as_slice()).fetch_optional().await
}

/// How many a person owns, or how many belong to a workspace, that have not expired.
pub async fn count_valid(connection: &mut Connection, owner: TokenOwner<'_>, now: i64) -> Result<u32> {
    let (sql, id) = match owner {
        TokenOwner::Account(id) => ("select count(*) from api_token where account_id = $1 and expires_at > $2", id),
        TokenOwner::Workspace(id) => {
            ("select count(*) from api_token where account_id is null and workspace_id = $1 and expires_at > $2", id)
        }
    };
    let count: i64 = connection.query(sql).bind(id).bind(now).fetch_scalar().await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Deletes what had expired before this time.
pub async fn delete_expired(connection: &mut Connection, time: i64) -> Result<()> {
    connection.query("delete from api_token where expires_at < $1").bind(time).execute().await?;
    Ok(())
}

pub async fn insert(connection: &mut Connection, new: NewTokenRecord<'_>) -> Result<()> {
    connection
        .query(
            "insert into api_token (id, hash, name, account_id, workspace_id, role, read_credentials, created_by,
             created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(new.id)
        .bind(new.hash)
        .bind(new.name)
        .bind(new.account_id)
        .bind(new.workspace_id)
        .bind(new.limit.role.as_str())
        .bind(new.limit.read_credentials)
        .bind(new.created_by)
        .bind(new.created_at)
        .bind(new.expires_at)
        .execute()
        .await?;
    Ok(())
}

/// Deletes a token. Returns whether there was one.
pub async fn delete(connection: &mut Connection, id: &str) -> Result<bool> {
    Ok(connection.query("delete from api_token where id = $1").bind(id).execute().await? > 0)
}

/// Stores when tokens were last used, unless another server has stored a later time. Ids of revoked tokens are ignored.
pub async fn set_last_used(connection: &mut Connection, uses: &HashMap<String, TokenUse>) -> Result<()> {
    // In one order everywhere, so that two servers do not wait for each other.
    let mut uses: Vec<_> = uses.iter().collect();
    uses.sort_by_key(|(id, _)| *id);
    for (id, used) in uses {
        connection
            .query(
                "update api_token set last_used_at = $1, last_used_address = $2
                 where id = $3 and (last_used_at is null or last_used_at < $1)",
            )
            .bind(used.at)
            .bind(&used.address)
            .bind(id)
            .execute()
            .await?;
    }
    Ok(())
}
