//! Users: who can log in, and what they may do. For administrators, except the page where a person sets a password.

mod delete;
mod details;
mod fields;
mod invite;
mod link;
mod list;
mod model;
#[cfg(feature = "ssr")]
pub mod port;
mod query;
mod set_password;

pub use fields::{Invitation, NewPassword};
pub use list::UserParams;
pub use model::{PasswordLink, UserDetails, UserList, UserRow, UserState, WorkspaceRole};
pub use query::{UserColumn, UserQuery};

pub(crate) use delete::UserDeletePage;
pub(crate) use details::UserPage;
pub(crate) use list::UsersPage;
pub(crate) use set_password::SetPasswordPage;

use crate::page::Page;

/// The list of users, as a breadcrumb.
fn list_above() -> (Page, String) {
    (Page::Users, "Users".to_owned())
}
