//! Who may do what in which workspace.

use super::columns::GrantColumns;
use super::database::Connection;
use super::error::Result;
use domain::Grant;

/// A role in a workspace.
#[derive(sqlx::FromRow)]
pub struct WorkspaceRoleRecord {
    pub workspace_id: String,
    /// The name of the workspace.
    pub workspace: String,
    #[sqlx(flatten, try_from = "GrantColumns")]
    pub grant: Grant,
}

/// Somebody who has a role in a workspace.
#[derive(sqlx::FromRow)]
pub struct MemberRecord {
    pub account_id: String,
    /// The name of the account.
    pub name: String,
    pub disabled_at: Option<i64>,
    #[sqlx(flatten, try_from = "GrantColumns")]
    pub grant: Grant,
}

/// The roles of an account, sorted by the names of the workspaces.
pub async fn of_account(connection: &mut Connection, account_id: &str) -> Result<Vec<WorkspaceRoleRecord>> {
    let roles = connection.query(
        "select w.id as workspace_id, w.name as workspace, m.role, m.read_credentials
         from workspace_role m join workspace w on w.id = m.workspace_id where m.account_id = $1 order by w.name",
    );
    roles.bind(account_id).fetch_all().await
}

/// Those who have a role in a workspace, sorted by their names.
pub async fn of_workspace(connection: &mut Connection, workspace_id: &str) -> Result<Vec<MemberRecord>> {
    let members = connection.query(
        "select a.id as account_id, a.name, a.disabled_at, m.role, m.read_credentials
         from workspace_role m join account a on a.id = m.account_id where m.workspace_id = $1 order by lower(a.name)",
    );
    members.bind(workspace_id).fetch_all().await
}

/// Gives an account a role in a workspace, in place of the one that it has there.
pub async fn set(
    connection: &mut Connection,
    id: &str,
    account_id: &str,
    workspace_id: &str,
    grant: Grant,
) -> Result<()> {
    connection
        .query(
            "insert into workspace_role (id, account_id, workspace_id, role, read_credentials)
             values ($1, $2, $3, $4, $5) on conflict (account_id, workspace_id)
             do update set role = excluded.role, read_credentials = excluded.read_credentials",
        )
        .bind(id)
        .bind(account_id)
        .bind(workspace_id)
        .bind(grant.role.as_str())
        .bind(grant.read_credentials)
        .execute()
        .await?;
    Ok(())
}

/// Takes the role in a workspace away. Returns whether there was one.
pub async fn remove(connection: &mut Connection, account_id: &str, workspace_id: &str) -> Result<bool> {
    let removed = connection.query("delete from workspace_role where account_id = $1 and workspace_id = $2");
    Ok(removed.bind(account_id).bind(workspace_id).execute().await? > 0)
}
