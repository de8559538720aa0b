//! Accounts, as administrators see and change them. No record here includes a password's hash.

use super::columns::OptionalGrantColumns;
use super::database::Connection;
use super::dialect::pattern_containing;
use super::error::{Result, UniqueConstraint};
use domain::{Grant, Role};
use sqlx::AssertSqlSafe;

const NAME: UniqueConstraint = UniqueConstraint { name: "account_name_key", columns: "account.name" };

#[derive(sqlx::FromRow)]
pub struct UserRecord {
    pub id: String,
    pub name: String,
    /// What the person may do everywhere.
    #[sqlx(flatten, try_from = "OptionalGrantColumns")]
    pub grant: Option<Grant>,
    /// In how many workspaces the person has a role.
    #[sqlx(try_from = "i64")]
    pub workspaces: u32,
    pub disabled_at: Option<i64>,
    /// Whether a password was set.
    pub has_password: bool,
    pub password_changed_at: i64,
    /// Until when a link that sets the password is valid.
    pub link_expires_at: Option<i64>,
    pub created_at: i64,
}

/// The sortable columns.
#[derive(Clone, Copy)]
pub enum UserOrder {
    /// In any letter case.
    Name,
    /// By role, then by name. Those without one come first.
    Role,
    Created,
}

/// The columns of a [`UserRecord`].
const SELECT: &str =
    "select a.id, a.name, a.role, a.read_credentials, a.disabled_at, a.password_hash <> '' as has_password,
    a.password_changed_at, a.created_at, l.expires_at as link_expires_at,
    (select count(*) from workspace_role m where m.account_id = a.id) as workspaces
    from account a left join password_link l on l.account_id = a.id";

/// The number of accounts whose name contains this text, in any ASCII letter case.
pub async fn count(connection: &mut Connection, search: &str) -> Result<u32> {
    let condition = connection.contains("a.name", 1);
    let sql = format!("select count(*) from account a where {condition}");
    let count: i64 = connection.query(AssertSqlSafe(sql)).bind(pattern_containing(search)).fetch_scalar().await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// One page of them.
pub async fn page(
    connection: &mut Connection,
    search: &str,
    (order, descending): (UserOrder, bool),
    limit: u32,
    offset: u32,
) -> Result<Vec<UserRecord>> {
    let condition = connection.contains("a.name", 1);
    let direction = if descending { " desc" } else { "" };
    let column = match order {
        UserOrder::Name => "lower(a.name)",
        UserOrder::Role => {
            "case a.role when 'Administrator' then 3 when 'Editor' then 2 when 'Viewer' then 1 else 0 end"
        }
        UserOrder::Created => "a.created_at",
    };
    let sql = format!(
        "{SELECT} where {condition} order by {column}{direction}, lower(a.name){direction}, a.id limit $2 offset $3"
    );
    let page = connection.query(AssertSqlSafe(sql)).bind(pattern_containing(search));
    page.bind(i64::from(limit)).bind(i64::from(offset)).fetch_all().await
}

pub async fn by_id(connection: &mut Connection, id: &str) -> Result<Option<UserRecord>> {
    let sql = format!("{SELECT} where a.id = $1");
    connection.query(AssertSqlSafe(sql)).bind(id).fetch_optional().await
}

/// The account with this name, in any ASCII letter case.
pub async fn by_name(connection: &mut Connection, name: &str) -> Result<Option<UserRecord>> {
    let sql = format!("{SELECT} where lower(a.name) = $1");
    connection.query(AssertSqlSafe(sql)).bind(name.to_ascii_lowercase()).fetch_optional().await
}

/// Stores an account without a password.
///
/// # Errors
/// [`StorageError::NameTaken`](super::StorageError::NameTaken) if there is one with this name, in whatever letter case.
pub async fn insert(connection: &mut Connection, id: &str, name: &str, role: Option<Role>, now: i64) -> Result<()> {
    connection
        .query(
            "insert into account (id, name, password_hash, password_changed_at, created_at, role)
             values ($1, $2, '', $3, $3, $4)",
        )
        .bind(id)
        .bind(name)
        .bind(now)
        .bind(role.map(Role::as_str))
        .execute()
        .await
        .map_err(|error| error.or_name_taken(NAME))?;
    Ok(())
}

/// Changes what the person may do everywhere.
pub async fn set_grant(connection: &mut Connection, id: &str, grant: Option<Grant>) -> Result<()> {
    let update = connection.query("update account set role = $1, read_credentials = $2 where id = $3");
    let update = update.bind(grant.map(|it| it.role.as_str())).bind(grant.is_some_and(|it| it.read_credentials));
    update.bind(id).execute().await?;
    Ok(())
}

/// Disables or, with `None`, enables an account.
pub async fn set_disabled(connection: &mut Connection, id: &str, disabled_at: Option<i64>) -> Result<()> {
    let update = connection.query("update account set disabled_at = $1 where id = $2");
    update.bind(disabled_at).bind(id).execute().await?;
    Ok(())
}

/// Deletes an account, with its sessions and roles.
pub async fn delete(connection: &mut Connection, id: &str) -> Result<()> {
    connection.query("delete from account where id = $1").bind(id).execute().await?;
    Ok(())
}

/// Whether somebody can log in who is an administrator of everything.
pub async fn has_administrator(connection: &mut Connection) -> Result<bool> {
    let any = connection.query(
        "select count(*) > 0 from account
         where role = 'Administrator' and disabled_at is null and password_hash <> ''",
    );
    any.fetch_scalar().await
}
