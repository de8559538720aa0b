//! What the account pages need from the server.

use super::{LogInFields, NewAccount, PasswordChange, SessionList};
use crate::server_functions::{Actor, AppError, SessionToken, Visitor};
use async_trait::async_trait;
use domain::Secret;

/// Accounts and sessions. Implementations validate all fields, even if the browser has already done so.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Succeeds if this is the token of the one-time link and there is no administrator yet.
    async fn may_set_up(&self, token: &Secret) -> Result<(), AppError>;

    /// Creates the first administrator and logs them in. Works once.
    async fn set_up(&self, visitor: &Visitor, fields: &NewAccount) -> Result<SessionToken, AppError>;

    /// Logs in, and ends the session that the visitor had. The error does not say whether the username exists (user
    /// enumeration). Failures delay further attempts.
    async fn log_in(&self, visitor: &Visitor, fields: &LogInFields) -> Result<SessionToken, AppError>;

    /// Ends the actor's session.
    async fn log_out(&self, actor: &Actor) -> Result<(), AppError>;

    /// Ends every session of the actor.
    async fn log_out_everywhere(&self, actor: &Actor) -> Result<(), AppError>;

    /// Ends every session of the actor except the present one.
    async fn log_out_others(&self, actor: &Actor) -> Result<(), AppError>;

    /// The valid sessions of the actor: the present one, then the last used.
    async fn list_sessions(&self, actor: &Actor) -> Result<SessionList, AppError>;

    /// Ends a session of the actor. What other people's handles are, the error does not say.
    async fn end_session(&self, actor: &Actor, handle: &str) -> Result<(), AppError>;

    /// Changes the password, ends every session of the actor and begins a new one.
    async fn change_password(&self, actor: &Actor, fields: &PasswordChange) -> Result<SessionToken, AppError>;
}
