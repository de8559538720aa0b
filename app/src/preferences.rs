//! How a person likes the pages: kept in cookies, so that the first byte is already right.

pub mod columns;
pub mod theme;

pub use columns::Column;
pub use theme::Theme;
