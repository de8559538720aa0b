//! What the user pages need from the server.

use super::{Invitation, NewPassword, PasswordLink, UserDetails, UserList, UserQuery};
use crate::server_functions::{Actor, AppError, SessionToken, Visitor};
use async_trait::async_trait;
use domain::{Grant, Secret};

/// Reads and changes users. All but the last two take an administrator. No change may leave the console without an
/// administrator who can log in.
#[async_trait]
pub trait Users: Send + Sync {
    /// One page of the list. A page beyond the last means the last.
    async fn list_users(&self, actor: &Actor, query: &UserQuery) -> Result<UserList, AppError>;

    /// The user with this name.
    async fn user(&self, actor: &Actor, name: &str) -> Result<UserDetails, AppError>;

    /// Creates a user without a password, and the link that sets one.
    async fn invite_user(&self, actor: &Actor, fields: &Invitation) -> Result<PasswordLink, AppError>;

    /// Creates a link that sets a new password. An earlier link no longer works. The present password does until the
    /// link is used.
    async fn create_password_link(&self, actor: &Actor, id: &str) -> Result<PasswordLink, AppError>;

    /// Makes the link of a user invalid.
    async fn withdraw_password_link(&self, actor: &Actor, id: &str) -> Result<(), AppError>;

    /// Changes what a user may do everywhere.
    async fn set_user_role(&self, actor: &Actor, id: &str, grant: Option<Grant>) -> Result<(), AppError>;

    /// Ends all sessions of a user and keeps them from logging in, or allows it again.
    async fn set_user_disabled(&self, actor: &Actor, id: &str, disabled: bool) -> Result<(), AppError>;

    /// Deletes a user, and ends all their sessions. Returns the name.
    async fn delete_user(&self, actor: &Actor, id: &str) -> Result<String, AppError>;

    /// The name of the user whose password a link sets.
    async fn password_link_user(&self, token: &Secret) -> Result<String, AppError>;

    /// Sets the password with a link, which works once; ends all sessions of the user, and begins a new one.
    async fn set_password(&self, visitor: &Visitor, fields: &NewPassword) -> Result<SessionToken, AppError>;
}
