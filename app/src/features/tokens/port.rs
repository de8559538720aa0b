//! What the page of tokens and the API need from the server.

use super::{CreatedToken, TokenFields, TokenList};
use crate::server_functions::{Actor, AppError};
use async_trait::async_trait;

/// Makes, lists and revokes tokens of the API.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// The actor's own tokens, and those of the workspaces in which the actor is an administrator; for an administrator
    /// of everything, all of them. Pages count from 1; beyond the last, it is the last.
    async fn list_tokens(&self, actor: &Actor, page: u32) -> Result<TokenList, AppError>;

    /// Makes a token that allows no more than its maker may do. If it is made with a token, it is within all limits of
    /// that one, and does not outlive it.
    async fn create_token(&self, actor: &Actor, fields: &TokenFields) -> Result<CreatedToken, AppError>;

    /// Revokes a token that the actor sees. Returns its name.
    async fn revoke_token(&self, actor: &Actor, id: &str) -> Result<String, AppError>;
}
