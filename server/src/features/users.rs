//! Users, one file per use case.

mod access;
mod delete;
mod invite;
mod link;
mod list;
mod operator;
mod set_password;

pub use operator::Operator;

use super::audit::recorded;
use super::retry::retry_conflicts;
use crate::app_state::AppState;
use crate::error::{Error, Result};
use crate::storage::users::{self, UserRecord};
use crate::storage::{Connection, WriteTransaction};
use app::users::port::Users;
use app::users::{Invitation, NewPassword, PasswordLink, UserDetails, UserList, UserQuery};
use app::{Actor, AppError, SessionToken, Visitor};
use async_trait::async_trait;
use domain::{Role, Secret};

#[async_trait]
impl Users for AppState {
    async fn list_users(&self, actor: &Actor, query: &UserQuery) -> Result<UserList, AppError> {
        recorded(self, actor, list::list(self, actor, query).await).await
    }

    async fn user(&self, actor: &Actor, name: &str) -> Result<UserDetails, AppError> {
        recorded(self, actor, list::details(self, actor, name).await).await
    }

    async fn invite_user(&self, actor: &Actor, fields: &Invitation) -> Result<PasswordLink, AppError> {
        recorded(self, actor, retry_conflicts(|| invite::invite(self, actor, fields)).await).await
    }

    async fn create_password_link(&self, actor: &Actor, id: &str) -> Result<PasswordLink, AppError> {
        recorded(self, actor, retry_conflicts(|| link::create(self, actor, id)).await).await
    }

    async fn withdraw_password_link(&self, actor: &Actor, id: &str) -> Result<(), AppError> {
        recorded(self, actor, retry_conflicts(|| link::withdraw(self, actor, id)).await).await
    }

    async fn set_user_role(&self, actor: &Actor, id: &str, role: Option<Role>) -> Result<(), AppError> {
        recorded(self, actor, retry_conflicts(|| access::set_role(self, actor, id, role)).await).await
    }

    async fn set_user_disabled(&self, actor: &Actor, id: &str, disabled: bool) -> Result<(), AppError> {
        recorded(self, actor, retry_conflicts(|| access::set_disabled(self, actor, id, disabled)).await).await
    }

    async fn delete_user(&self, actor: &Actor, id: &str) -> Result<String, AppError> {
        recorded(self, actor, retry_conflicts(|| delete::delete(self, actor, id)).await).await
    }

    async fn password_link_user(&self, token: &Secret) -> Result<String, AppError> {
        Ok(set_password::check(self, token).await?.name)
    }

    async fn set_password(&self, visitor: &Visitor, fields: &NewPassword) -> Result<SessionToken, AppError> {
        Ok(set_password::set(self, visitor, fields).await?)
    }
}

/// The user whom a form names by id.
async fn find(connection: &mut Connection, id: &str) -> Result<UserRecord> {
    Ok(users::by_id(connection, id).await?.ok_or_else(gone)?)
}

fn gone() -> AppError {
    AppError::NotFound("There is no such user. They may have been deleted.".to_owned())
}

/// Commits a change of who may do what, unless it would leave nobody who can log in and decide that. The transaction
/// must hold the lock of the accounts.
async fn commit_with_administrator(mut transaction: WriteTransaction, name: &str) -> Result<()> {
    if !users::has_administrator(&mut transaction).await? {
        let last = format!("{name} is the last administrator who can log in. Make somebody else one first.");
        return Err(Error::Refused(AppError::InUse(last)));
    }
    Ok(transaction.commit().await?)
}
