//! What the page of tokens and the API need from the server.

use super::{CreatedToken, TokenFields, TokenList};
use crate::server_functions::{Actor, AppError};
use async_trait::async_trait;

/// Makes, lists and revokes tokens of the API.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// The actor's own tokens, and those of the workspaces in which the actor is an administrator; for an administrator
    /// of everything, all of them.
    async fn list_tokens(&self, actor: &Actor) -> Result<TokenList, AppError>;

    /// Makes a token that allows no more than its maker may do, and that outlives no token it was made with.
    async fn create_token(&self, actor: &Actor, fields: &TokenFields) -> Result<CreatedToken, AppError>;

    /// Revokes a token that the actor sees. Returns its name.
    async fn revoke_token(&self, actor: &Actor, id: &str) -> Result<String, AppError>;
}
