//! Who may do what. The only place where this is decided.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What a person may do, everywhere or in one workspace. Each role includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Sees image registries, without their passwords.
    Viewer,
    /// Also creates, edits, tests, checks and deletes them.
    Editor,
    /// Also decides who may do what. Everywhere: also users, workspaces and the audit trail.
    Administrator,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Editor, Self::Administrator];

    /// The word used on pages, in forms and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "Viewer",
            Self::Editor => "Editor",
            Self::Administrator => "Administrator",
        }
    }

    /// The role with exactly this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    ViewRegistry,
    CreateRegistry,
    EditRegistry,
    DeleteRegistry,
    /// Tests what a form describes, before it is saved.
    TestConnection,
    /// Asks for an immediate check.
    CheckRegistry,
    ViewWorkspace,
    CreateWorkspace,
    DeleteWorkspace,
    /// Sees and changes who may do what in a workspace.
    ManageMembers,
    /// Sees, invites, disables, resets and deletes users, and changes what they may do everywhere.
    ManageUsers,
    /// Reads and exports the audit trail, or the part of it that belongs to a workspace.
    ReadAudit,
}

impl Action {
    pub const ALL: [Self; 12] = [
        Self::ViewRegistry,
        Self::CreateRegistry,
        Self::EditRegistry,
        Self::DeleteRegistry,
        Self::TestConnection,
        Self::CheckRegistry,
        Self::ViewWorkspace,
        Self::CreateWorkspace,
        Self::DeleteWorkspace,
        Self::ManageMembers,
        Self::ManageUsers,
        Self::ReadAudit,
    ];

    /// The least role that may do it.
    pub fn required_role(self) -> Role {
        match self {
            Self::ViewRegistry | Self::ViewWorkspace => Role::Viewer,
            Self::CreateRegistry
            | Self::EditRegistry
            | Self::DeleteRegistry
            | Self::TestConnection
            | Self::CheckRegistry => Role::Editor,
            Self::CreateWorkspace
            | Self::DeleteWorkspace
            | Self::ManageMembers
            | Self::ManageUsers
            | Self::ReadAudit => Role::Administrator,
        }
    }
}

/// What something is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// What belongs to no workspace, such as users; or all workspaces.
    Everything,
    /// The workspace with this id, and what belongs to it.
    Workspace(&'a str),
    /// Some workspace or other: what is typed into a form belongs to none yet.
    AnyWorkspace,
}

/// What a person may do: the union of a role everywhere and roles in workspaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// `None` if the person may do nothing outside of `workspaces`.
    pub everywhere: Option<Role>,
    /// By the workspace's id.
    pub workspaces: BTreeMap<String, Role>,
}

impl Rights {
    /// Those of an administrator of everything.
    pub fn administrator() -> Self {
        Self { everywhere: Some(Role::Administrator), workspaces: BTreeMap::new() }
    }

    pub fn allow(&self, action: Action, resource: Resource<'_>) -> bool {
        self.role_for(resource) >= Some(action.required_role())
    }

    /// Whether everything is visible, in whatever workspace.
    pub fn see_everything(&self) -> bool {
        self.allow(Action::ViewWorkspace, Resource::Everything)
    }

    fn role_for(&self, resource: Resource<'_>) -> Option<Role> {
        let in_workspace = match resource {
            Resource::Everything => None,
            Resource::Workspace(id) => self.workspaces.get(id).copied(),
            Resource::AnyWorkspace => self.workspaces.values().copied().max(),
        };
        self.everywhere.max(in_workspace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn role() -> impl Strategy<Value = Option<Role>> {
        prop::option::of(prop::sample::select(Role::ALL.to_vec()))
    }

    fn rights() -> impl Strategy<Value = Rights> {
        (role(), prop::collection::btree_map("[a-c]", prop::sample::select(Role::ALL.to_vec()), 0..3))
            .prop_map(|(everywhere, workspaces)| Rights { everywhere, workspaces })
    }

    proptest! {
        #[test]
        fn whoever_has_no_role_may_do_nothing(action in prop::sample::select(Action::ALL.to_vec())) {
            for resource in [Resource::Everything, Resource::Workspace("a"), Resource::AnyWorkspace] {
                prop_assert!(!Rights::default().allow(action, resource));
            }
        }

        #[test]
        fn a_role_in_one_workspace_says_nothing_about_another(
            rights in rights(), action in prop::sample::select(Action::ALL.to_vec()), other in "[d-f]",
        ) {
            let everywhere = Rights { everywhere: rights.everywhere, ..Rights::default() };
            prop_assert_eq!(
                rights.allow(action, Resource::Workspace(&other)),
                everywhere.allow(action, Resource::Everything)
            );
            prop_assert_eq!(rights.allow(action, Resource::Everything), everywhere.allow(action, Resource::Everything));
        }

        #[test]
        fn more_roles_never_allow_less(
            rights in rights(), more in role(), action in prop::sample::select(Action::ALL.to_vec()),
        ) {
            let wider = Rights { everywhere: rights.everywhere.max(more), ..rights.clone() };
            for resource in [Resource::Everything, Resource::Workspace("a"), Resource::AnyWorkspace] {
                prop_assert!(!rights.allow(action, resource) || wider.allow(action, resource));
            }
        }

        #[test]
        fn what_is_allowed_somewhere_is_allowed_in_one_of_the_workspaces(
            rights in rights(), action in prop::sample::select(Action::ALL.to_vec()),
        ) {
            let somewhere = rights.allow(action, Resource::Everything)
                || rights.workspaces.keys().any(|id| rights.allow(action, Resource::Workspace(id)));
            prop_assert_eq!(rights.allow(action, Resource::AnyWorkspace), somewhere);
        }
    }

    #[test]
    fn each_role_includes_those_before_it() {
        assert!(Role::Viewer < Role::Editor && Role::Editor < Role::Administrator);
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("viewer"), None);
        assert_eq!(Role::parse(""), None);
    }
}
