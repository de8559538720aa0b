//! What the pages of accounts need.

use super::{LogInFields, NewAccount, PasswordChange};
use crate::actor::{Actor, Visitor};
use crate::refusal::Refusal;
use async_trait::async_trait;
use domain::Secret;
use http::HeaderValue;

/// The cookie that admits a browser, or no longer does. What stands in it is the server's business.
pub struct Admission {
    /// The value of a `Set-Cookie` header.
    pub cookie: HeaderValue,
}

/// Accounts and sessions, behind the port. All fields are checked there, whatever the browser says.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Whether this is the one-time link and there is no administrator yet.
    async fn may_set_up(&self, token: &Secret) -> Result<(), Refusal>;

    /// Makes the first administrator, once and for all, and logs them in.
    async fn set_up(&self, fields: &NewAccount) -> Result<Admission, Refusal>;

    /// Logs in, and ends the session that the visitor had. What is wrong is not said, only that something is. Failures
    /// make the next attempts wait.
    async fn log_in(&self, visitor: &Visitor, fields: &LogInFields) -> Result<Admission, Refusal>;

    /// Ends this session.
    async fn log_out(&self, actor: &Actor) -> Result<Admission, Refusal>;

    /// Ends every session of this person.
    async fn log_out_everywhere(&self, actor: &Actor) -> Result<Admission, Refusal>;

    /// Changes the password, ends every session of this person and begins a new one.
    async fn change_password(&self, actor: &Actor, fields: &PasswordChange) -> Result<Admission, Refusal>;
}
