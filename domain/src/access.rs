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

/// A role, and whether it comes with the right to read stored credentials, which no role includes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grant {
    pub role: Role,
    pub read_credentials: bool,
}

impl Grant {
    /// What both allow.
    #[must_use]
    pub fn limited_to(self, other: Self) -> Self {
        Self { role: self.role.min(other.role), read_credentials: self.read_credentials && other.read_credentials }
    }
}

impl From<Role> for Grant {
    /// Without the right to read credentials.
    fn from(role: Role) -> Self {
        Self { role, read_credentials: false }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.role, if self.read_credentials { ", may read credentials" } else { "" })
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
    /// Reads a stored password. No role is enough: it takes [`Grant::read_credentials`].
    ReadCredentials,
    ViewWorkspace,
    CreateWorkspace,
    DeleteWorkspace,
    /// Sees and changes who may do what in a workspace.
    ManageMembers,
    /// Sees, invites, disables, resets and deletes users, and changes what they may do everywhere.
    ManageUsers,
    /// Makes, sees and revokes the tokens of a workspace.
    ManageTokens,
    /// Reads and exports the audit trail, or the part of it that belongs to a workspace.
    ReadAudit,
}

impl Action {
    pub const ALL: [Self; 14] = [
        Self::ViewRegistry,
        Self::CreateRegistry,
        Self::EditRegistry,
        Self::DeleteRegistry,
        Self::TestConnection,
        Self::CheckRegistry,
        Self::ReadCredentials,
        Self::ViewWorkspace,
        Self::CreateWorkspace,
        Self::DeleteWorkspace,
        Self::ManageMembers,
        Self::ManageUsers,
        Self::ManageTokens,
        Self::ReadAudit,
    ];

    /// The least role that may do it.
    pub fn required_role(self) -> Role {
        match self {
            Self::ViewRegistry | Self::ReadCredentials | Self::ViewWorkspace => Role::Viewer,
            Self::CreateRegistry
            | Self::EditRegistry
            | Self::DeleteRegistry
            | Self::TestConnection
            | Self::CheckRegistry => Role::Editor,
            Self::CreateWorkspace
            | Self::DeleteWorkspace
            | Self::ManageMembers
            | Self::ManageUsers
            | Self::ManageTokens
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

/// What a person may do: the union of what they may do everywhere and in workspaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// `None` if the person may do nothing outside of `workspaces`.
    pub everywhere: Option<Grant>,
    /// By the workspace's id.
    pub workspaces: BTreeMap<String, Grant>,
}

impl Rights {
    /// Those of an administrator of everything, who may not read credentials.
    pub fn administrator() -> Self {
        Self { everywhere: Some(Role::Administrator.into()), workspaces: BTreeMap::new() }
    }

    pub fn allow(&self, action: Action, resource: Resource<'_>) -> bool {
        self.grants(resource).any(|grant| {
            grant.role >= action.required_role() && (action != Action::ReadCredentials || grant.read_credentials)
        })
    }

    /// Whether everything is visible, in whatever workspace.
    pub fn see_everything(&self) -> bool {
        self.allow(Action::ViewWorkspace, Resource::Everything)
    }

    /// What is left if no grant exceeds this one.
    #[must_use]
    pub fn limited_to(self, limit: Grant) -> Self {
        let workspaces = self.workspaces.into_iter().map(|(id, grant)| (id, grant.limited_to(limit)));
        Self { everywhere: self.everywhere.map(|grant| grant.limited_to(limit)), workspaces: workspaces.collect() }
    }

    /// What is left if only one workspace counts.
    #[must_use]
    pub fn within(&self, workspace_id: &str) -> Self {
        let grants = self.grants(Resource::Workspace(workspace_id));
        let union = grants.copied().reduce(|a, b| Grant {
            role: a.role.max(b.role),
            read_credentials: a.read_credentials || b.read_credentials,
        });
        Self { everywhere: None, workspaces: union.map(|grant| (workspace_id.to_owned(), grant)).into_iter().collect() }
    }

    /// The grants that count for this.
    fn grants(&self, resource: Resource<'_>) -> impl Iterator<Item = &Grant> {
        let in_workspaces = self.workspaces.iter().filter(move |(id, _)| match resource {
            Resource::Everything => false,
            Resource::Workspace(wanted) => id.as_str() == wanted,
            Resource::AnyWorkspace => true,
        });
        self.everywhere.iter().chain(in_workspaces.map(|(_, grant)| grant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RESOURCES: [Resource<'_>; 3] = [Resource::Everything, Resource::Workspace("a"), Resource::AnyWorkspace];

    fn grant() -> impl Strategy<Value = Grant> {
        (prop::sample::select(Role::ALL.to_vec()), any::<bool>())
            .prop_map(|(role, read_credentials)| Grant { role, read_credentials })
    }

    fn rights() -> impl Strategy<Value = Rights> {
        (prop::option::of(grant()), prop::collection::btree_map("[a-c]", grant(), 0..3))
            .prop_map(|(everywhere, workspaces)| Rights { everywhere, workspaces })
    }

    proptest! {
        #[test]
        fn whoever_has_no_role_may_do_nothing(action in prop::sample::select(Action::ALL.to_vec())) {
            for resource in RESOURCES {
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
            rights in rights(), more in grant(), action in prop::sample::select(Action::ALL.to_vec()),
        ) {
            let mut wider = rights.clone();
            wider.workspaces.insert("z".to_owned(), more);
            wider.everywhere = wider.everywhere.or(Some(more));
            for resource in RESOURCES {
                prop_assert!(!rights.allow(action, resource) || wider.allow(action, resource));
            }
        }

        #[test]
        fn a_limit_allows_what_both_allow(
            rights in rights(), limit in grant(), action in prop::sample::select(Action::ALL.to_vec()),
        ) {
            let by_limit = Rights { everywhere: Some(limit), ..Rights::default() };
            for resource in RESOURCES {
                let limited = rights.clone().limited_to(limit).allow(action, resource);
                prop_assert!(!limited || rights.allow(action, resource) && by_limit.allow(action, resource));
                // The least role for an action is the same in both, so nothing else is lost.
                let both = rights.allow(action, resource) && by_limit.allow(action, resource);
                prop_assert_eq!(limited, both);
            }
        }

        #[test]
        fn within_a_workspace_everything_is_as_before_and_elsewhere_nothing(
            rights in rights(), action in prop::sample::select(Action::ALL.to_vec()),
        ) {
            let within = rights.within("a");
            let here = Resource::Workspace("a");
            prop_assert_eq!(within.allow(action, here), rights.allow(action, here));
            prop_assert!(!within.allow(action, Resource::Workspace("b")));
            prop_assert!(!within.allow(action, Resource::Everything));
        }

        #[test]
        fn no_role_alone_reads_credentials(role in prop::sample::select(Role::ALL.to_vec())) {
            let of_role = Rights { everywhere: Some(role.into()), ..Rights::default() };
            let with_right = Grant { role, read_credentials: true };
            for resource in RESOURCES {
                prop_assert!(!of_role.allow(Action::ReadCredentials, resource));
                let rights = Rights { everywhere: Some(with_right), ..Rights::default() };
                prop_assert!(rights.allow(Action::ReadCredentials, resource));
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
