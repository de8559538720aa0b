//! What the pages of accounts need.

use super::{LogInFields, NewAccount, PasswordChange};
use crate::server_functions::{Actor, AppError, SessionToken, Visitor};
use async_trait::async_trait;
use domain::Secret;

/// Accounts and sessions, behind the port. All fields are checked there, whatever the browser says.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Whether this is the one-time link and there is no administrator yet.
    async fn may_set_up(&self, token: &Secret) -> Result<(), AppError>;

    /// Makes the first administrator, once and for all, and logs them in.
    async fn set_up(&self, fields: &NewAccount) -> Result<SessionToken, AppError>;

    /// Logs in, and ends the session that the visitor had. What is wrong is not said, only that something is. Failures
    /// make the next attempts wait.
    async fn log_in(&self, visitor: &Visitor, fields: &LogInFields) -> Result<SessionToken, AppError>;

    /// Ends this session.
    async fn log_out(&self, actor: &Actor) -> Result<(), AppError>;

    /// Ends every session of this person.
    async fn log_out_everywhere(&self, actor: &Actor) -> Result<(), AppError>;

    /// Changes the password, ends every session of this person and begins a new one.
    async fn change_password(&self, actor: &Actor, fields: &PasswordChange) -> Result<SessionToken, AppError>;
}
