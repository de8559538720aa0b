//! Accounts and sessions.

mod browser_name;
mod common_password;
mod log_in;
mod own_sessions;
mod password;
mod session;
mod set_up;
mod turn;

pub use common_password::reject_invalid_password;
pub use session::{begin as begin_session, exists as session_exists, find as find_session, rights};
pub use set_up::is_awaited as awaits_setup;

use super::retry::retry_conflicts;
use crate::app_state::AppState;
use app::{Accounts, Actor, AppError, LogInFields, NewAccount, PasswordChange, SessionList, SessionToken, Visitor};
use async_trait::async_trait;
use domain::Secret;

#[async_trait]
impl Accounts for AppState {
    async fn may_set_up(&self, token: &Secret) -> Result<(), AppError> {
        Ok(set_up::check(self, token).await?)
    }

    async fn set_up(&self, visitor: &Visitor, fields: &NewAccount) -> Result<SessionToken, AppError> {
        Ok(set_up::set_up(self, visitor, fields).await?)
    }

    async fn log_in(&self, visitor: &Visitor, fields: &LogInFields) -> Result<SessionToken, AppError> {
        Ok(log_in::log_in(self, visitor, fields).await?)
    }

    async fn log_out(&self, actor: &Actor) -> Result<(), AppError> {
        Ok(retry_conflicts(|| session::end(self, actor)).await?)
    }

    async fn log_out_everywhere(&self, actor: &Actor) -> Result<(), AppError> {
        Ok(retry_conflicts(|| session::end_all(self, actor)).await?)
    }

    async fn list_sessions(&self, actor: &Actor) -> Result<SessionList, AppError> {
        Ok(own_sessions::list(self, actor).await?)
    }

    async fn end_session(&self, actor: &Actor, handle: &str) -> Result<(), AppError> {
        Ok(retry_conflicts(|| own_sessions::end(self, actor, handle)).await?)
    }

    async fn log_out_others(&self, actor: &Actor) -> Result<(), AppError> {
        Ok(retry_conflicts(|| own_sessions::end_others(self, actor)).await?)
    }

    async fn change_password(&self, actor: &Actor, fields: &PasswordChange) -> Result<SessionToken, AppError> {
        Ok(password::change(self, actor, fields).await?)
    }
}
