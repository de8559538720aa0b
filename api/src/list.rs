//! A page of a list.

use serde::{Deserialize, Serialize};

/// One page. The next one begins at the cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct List<T> {
    pub items: Vec<T>,
    /// The value of the parameter `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}
