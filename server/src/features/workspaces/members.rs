//! Who may do what in a workspace.

use super::super::audit::Entry;
use super::missing;
use crate::app_state::AppState;
use crate::auth::{authorize, scope};
use crate::entropy;
use crate::error::Result;
use crate::events::{self, Message};
use crate::storage::{Connection, WriteTransaction, roles, users, workspaces};
use app::workspaces::Member;
use app::{Actor, AppError};
use domain::{Action, AuditChange, AuditEvent, Grant, Resource, field_error};

/// Those who have a role in the workspace alone; `None` if the actor may not see that.
pub async fn list(connection: &mut Connection, actor: &Actor, workspace_id: &str) -> Result<Option<Vec<Member>>> {
    if !actor.rights.allow(Action::ManageMembers, Resource::Workspace(workspace_id)) {
        return Ok(None);
    }
    let members = roles::of_workspace(connection, workspace_id).await?.into_iter().map(|member| Member {
        user_name: member.name,
        grant: member.grant,
        is_disabled: member.disabled_at.is_some(),
    });
    Ok(Some(members.collect()))
}

pub async fn set_role(
    state: &AppState,
    actor: &Actor,
    workspace: &str,
    user_name: &str,
    grant: Option<Grant>,
) -> Result<()> {
    let mut transaction = state.storage.write().await?;
    // So that the user is not deleted meanwhile. Accounts before workspaces, as everywhere.
    transaction.lock_accounts().await?;
    let user = users::by_name(&mut transaction, user_name).await?;
    transaction.keep_workspace(workspace).await?;
    let found = workspaces::by_name(&mut transaction, scope(actor), workspace).await?;
    let workspace = found.ok_or_else(|| missing(workspace))?;
    let permit = authorize(actor, Action::ManageMembers, Resource::Workspace(&workspace.id))?;
    let Some(user) = user else {
        let none = "There is no user with this name. An administrator of everything can invite them.";
        return Err(AppError::Validation(vec![field_error("user_name", none)]).into());
    };
    let before = roles::of_account(&mut transaction, &user.id).await?;
    let before = before.into_iter().find(|it| it.workspace_id == workspace.id).map(|it| it.grant);
    let text = |grant: Option<Grant>| grant.map(|grant| grant.to_string()).unwrap_or_default();
    Entry::permitted(&permit, AuditEvent::ChangeRole)
        .in_workspace(&workspace.id, &workspace.name)
        .about(&user.id, &user.name)
        .with_changes(AuditChange::of("Role in the workspace", text(before), text(grant)))
        .record(state, &mut transaction)
        .await?;
    match grant {
        Some(grant) => {
            let id = entropy::id(&*state.entropy);
            roles::set(&mut transaction, &id, &user.id, &workspace.id, grant).await?;
        }
        None => _ = roles::remove(&mut transaction, &user.id, &workspace.id).await?,
    }
    events::publish(&mut transaction, &Message::RightsChanged(user.id));
    Ok(transaction.commit().await?)
}

/// Publishes that those who have a role in a workspace, which is about to be deleted, lose it.
pub async fn publish_changes(transaction: &mut WriteTransaction, workspace_id: &str) -> Result<()> {
    for member in roles::of_workspace(transaction, workspace_id).await? {
        events::publish(transaction, &Message::RightsChanged(member.account_id));
    }
    Ok(())
}
