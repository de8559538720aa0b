//! Users.

mod changes;
mod list;
mod set_password;

pub use changes::{By, UserChanges, Whom};
pub use list::all as all_users;

use super::audit::recorded;
use super::retry::retry_conflicts;
use crate::app_state::AppState;
use app::users::port::Users;
use app::users::{Invitation, NewPassword, PasswordLink, UserDetails, UserList, UserQuery};
use app::{Actor, AppError, SessionToken, Visitor};
use async_trait::async_trait;
use domain::{Grant, Secret};

#[async_trait]
impl Users for AppState {
    async fn list_users(&self, actor: &Actor, query: &UserQuery) -> Result<UserList, AppError> {
        recorded(self, actor, list::list(self, actor, query).await).await
    }

    async fn user(&self, actor: &Actor, name: &str) -> Result<UserDetails, AppError> {
        recorded(self, actor, list::details(self, actor, name).await).await
    }

    async fn invite_user(&self, actor: &Actor, fields: &Invitation) -> Result<PasswordLink, AppError> {
        let change = || async { UserChanges::by(self, actor)?.invite(fields).await };
        Ok(self.with_address(recorded(self, actor, retry_conflicts(change).await).await?))
    }

    async fn create_password_link(&self, actor: &Actor, id: &str) -> Result<PasswordLink, AppError> {
        let change = || async { UserChanges::by(self, actor)?.create_link(Whom::Id(id)).await };
        Ok(self.with_address(recorded(self, actor, retry_conflicts(change).await).await?))
    }

    async fn withdraw_password_link(&self, actor: &Actor, id: &str) -> Result<(), AppError> {
        let change = || async { UserChanges::by(self, actor)?.withdraw_link(Whom::Id(id)).await };
        recorded(self, actor, retry_conflicts(change).await).await
    }

    async fn set_user_role(&self, actor: &Actor, id: &str, grant: Option<Grant>) -> Result<(), AppError> {
        let change = || async { UserChanges::by(self, actor)?.set_grant(Whom::Id(id), grant).await };
        recorded(self, actor, retry_conflicts(change).await).await
    }

    async fn set_user_disabled(&self, actor: &Actor, id: &str, disabled: bool) -> Result<(), AppError> {
        let change = || async { UserChanges::by(self, actor)?.set_disabled(Whom::Id(id), disabled).await };
        recorded(self, actor, retry_conflicts(change).await).await
    }

    async fn delete_user(&self, actor: &Actor, id: &str) -> Result<String, AppError> {
        let change = || async { UserChanges::by(self, actor)?.delete(Whom::Id(id)).await };
        recorded(self, actor, retry_conflicts(change).await).await
    }

    async fn password_link_user(&self, token: &Secret) -> Result<String, AppError> {
        Ok(set_password::check(self, token).await?.name)
    }

    async fn set_password(&self, visitor: &Visitor, fields: &NewPassword) -> Result<SessionToken, AppError> {
        Ok(set_password::set(self, visitor, fields).await?)
    }
}

impl AppState {
    /// The link with the address of the console, if the operator has told it.
    fn with_address(&self, link: PasswordLink) -> PasswordLink {
        match &self.public_url {
            Some(url) => link.at(&url.to_string()),
            None => link,
        }
    }
}

fn gone() -> AppError {
    AppError::NotFound("There is no such user. They may have been deleted.".to_owned())
}
