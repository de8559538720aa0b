//! The data that pages show of tokens. Only [`CreatedToken`] holds a secret, which is shown once.

use crate::ui::{DisplayTime, PageInfo};
use domain::Grant;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRow {
    pub id: String,
    /// Who or what uses it.
    pub name: String,
    /// Whose it is; `None` if it belongs to the workspace.
    pub owner: Option<String>,
    /// The only workspace that it is good for; `None` if for all of its owner's.
    pub workspace: Option<String>,
    /// The most that it allows.
    pub limit: Grant,
    pub created_by: String,
    pub created: DisplayTime,
    pub expires: DisplayTime,
    pub expired: bool,
    /// `None` if never.
    pub last_used: Option<DisplayTime>,
    /// From where; `None` if never.
    pub last_used_address: Option<String>,
}

/// The number of tokens on a page.
pub const TOKENS_PER_PAGE: u32 = 100;

/// One page of the tokens that a person sees, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenList {
    pub rows: Vec<TokenRow>,
    pub page_info: PageInfo,
}

/// A new token. It is shown once: only its hash is stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedToken {
    pub row: TokenRow,
    /// In the clear.
    pub secret: String,
}

/// Without the secret.
impl fmt::Debug for CreatedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedToken").field("row", &self.row).finish_non_exhaustive()
    }
}
