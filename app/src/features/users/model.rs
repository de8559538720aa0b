//! The data that pages show of users. Only [`PasswordLink`] holds a secret, which is shown once.

use crate::ui::{DisplayTime, PageInfo};
use domain::Grant;
use serde::{Deserialize, Serialize};

/// Whether a person can log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserState {
    Active,
    /// Has not set a password yet.
    Invited,
    Disabled,
}

impl UserState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Invited => "Invited",
            Self::Disabled => "Disabled",
        }
    }
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    pub id: String,
    pub name: String,
    pub state: UserState,
    /// What the person may do everywhere.
    pub grant: Option<Grant>,
    /// In how many workspaces the person has a role.
    pub workspaces: u32,
    pub created: DisplayTime,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserList {
    pub rows: Vec<UserRow>,
    pub page_info: PageInfo,
}

/// A role in a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceRole {
    /// The name of the workspace.
    pub workspace: String,
    pub grant: Grant,
}

/// Everything that the pages show of one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDetails {
    pub user: UserRow,
    /// Sorted by workspace.
    pub roles: Vec<WorkspaceRole>,
    /// When the password was last changed; `None` if none was set.
    pub password_changed: Option<DisplayTime>,
    /// When the link that sets the password expires, if there is one.
    pub link_expires: Option<DisplayTime>,
    /// The names of all workspaces, or `None` if there are too many for a drop-down list.
    pub workspaces: Option<Vec<String>>,
    /// Whether it is the signed-in person.
    pub is_self: bool,
}

/// A new one-time link that sets a password. It is shown once: only the hash of its token is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordLink {
    /// Whom it is for.
    pub user_name: String,
    /// Contains the token. Only the path, unless the server knows the address of the console.
    pub address: String,
    pub expires: DisplayTime,
}

impl PasswordLink {
    /// With the origin of the console, such as `https://portolan.example.com`, unless it is there.
    #[must_use]
    pub fn at(self, origin: &str) -> Self {
        let address = if self.address.starts_with('/') { format!("{origin}{}", self.address) } else { self.address };
        Self { address, ..self }
    }
}
