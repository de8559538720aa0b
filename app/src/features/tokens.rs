//! Tokens of the API: made, seen and revoked on a page, used by clusters and pipelines.

mod create;
mod fields;
mod list;
mod model;
#[cfg(feature = "ssr")]
pub mod port;

pub use fields::{NewToken, TokenFields};
pub use model::{CreatedToken, TOKENS_PER_PAGE, TokenList, TokenRow};

pub(crate) use list::TokensPage;
