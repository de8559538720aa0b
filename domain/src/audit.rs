//! What the audit trail records.

use crate::Action;
use serde::{Deserialize, Serialize};

/// What somebody did, or tried to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditEvent {
    LogIn,
    LogOut,
    LogOutEverywhere,
    /// One of one's own, in another browser.
    EndSession,
    /// All of one's own but this one.
    EndOtherSessions,
    SetUp,
    ChangePassword,
    /// A password was set with a one-time link.
    SetPassword,
    CreateRegistry,
    EditRegistry,
    DeleteRegistry,
    CheckRegistry,
    TestConnection,
    CreateWorkspace,
    DeleteWorkspace,
    ChangeRole,
    InviteUser,
    CreateLink,
    WithdrawLink,
    DisableUser,
    EnableUser,
    DeleteUser,
    ExportAudit,
    ChangeRetention,
    ReadCredentials,
    CreateToken,
    RevokeToken,
    /// Only as refused: something that takes a role.
    View,
    ManageUsers,
    ManageTokens,
    ReadAudit,
}

impl AuditEvent {
    /// Every event, in the order of a filter.
    pub const ALL: [Self; 31] = [
        Self::LogIn,
        Self::LogOut,
        Self::LogOutEverywhere,
        Self::EndSession,
        Self::EndOtherSessions,
        Self::SetUp,
        Self::ChangePassword,
        Self::SetPassword,
        Self::CreateRegistry,
        Self::EditRegistry,
        Self::DeleteRegistry,
        Self::CheckRegistry,
        Self::TestConnection,
        Self::CreateWorkspace,
        Self::DeleteWorkspace,
        Self::ChangeRole,
        Self::InviteUser,
        Self::CreateLink,
        Self::WithdrawLink,
        Self::DisableUser,
        Self::EnableUser,
        Self::DeleteUser,
        Self::ExportAudit,
        Self::ChangeRetention,
        Self::ReadCredentials,
        Self::CreateToken,
        Self::RevokeToken,
        Self::View,
        Self::ManageUsers,
        Self::ManageTokens,
        Self::ReadAudit,
    ];

    /// The word in the database, in exports and in query strings. It never changes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LogIn => "session.begin",
            Self::LogOut => "session.end",
            Self::LogOutEverywhere => "session.end_all",
            Self::EndSession => "session.end_one",
            Self::EndOtherSessions => "session.end_others",
            Self::SetUp => "setup",
            Self::ChangePassword => "password.change",
            Self::SetPassword => "password.set",
            Self::CreateRegistry => "registry.create",
            Self::EditRegistry => "registry.edit",
            Self::DeleteRegistry => "registry.delete",
            Self::CheckRegistry => "registry.check",
            Self::TestConnection => "connection.test",
            Self::CreateWorkspace => "workspace.create",
            Self::DeleteWorkspace => "workspace.delete",
            Self::ChangeRole => "role.change",
            Self::InviteUser => "user.invite",
            Self::CreateLink => "link.create",
            Self::WithdrawLink => "link.withdraw",
            Self::DisableUser => "user.disable",
            Self::EnableUser => "user.enable",
            Self::DeleteUser => "user.delete",
            Self::ExportAudit => "audit.export",
            Self::ChangeRetention => "audit.retention",
            Self::ReadCredentials => "credentials.read",
            Self::CreateToken => "token.create",
            Self::RevokeToken => "token.revoke",
            Self::View => "view",
            Self::ManageUsers => "user.manage",
            Self::ManageTokens => "token.manage",
            Self::ReadAudit => "audit.read",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::LogIn => "Log in",
            Self::LogOut => "Log out",
            Self::LogOutEverywhere => "Log out everywhere",
            Self::EndSession => "End session",
            Self::EndOtherSessions => "Log out all others",
            Self::SetUp => "Set up",
            Self::ChangePassword => "Change password",
            Self::SetPassword => "Set password by link",
            Self::CreateRegistry => "Create image registry",
            Self::EditRegistry => "Edit image registry",
            Self::DeleteRegistry => "Delete image registry",
            Self::CheckRegistry => "Check image registry",
            Self::TestConnection => "Test connection",
            Self::CreateWorkspace => "Create workspace",
            Self::DeleteWorkspace => "Delete workspace",
            Self::ChangeRole => "Change role",
            Self::InviteUser => "Invite user",
            Self::CreateLink => "Create password link",
            Self::WithdrawLink => "Withdraw password link",
            Self::DisableUser => "Disable user",
            Self::EnableUser => "Enable user",
            Self::DeleteUser => "Delete user",
            Self::ExportAudit => "Export audit trail",
            Self::ChangeRetention => "Change retention",
            Self::ReadCredentials => "Read credentials",
            Self::CreateToken => "Create token",
            Self::RevokeToken => "Revoke token",
            Self::View => "View",
            Self::ManageUsers => "Manage users",
            Self::ManageTokens => "Manage tokens",
            Self::ReadAudit => "Read audit trail",
        }
    }

    /// The event with this word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == text)
    }
}

impl From<Action> for AuditEvent {
    /// What is recorded if the action is refused.
    fn from(action: Action) -> Self {
        match action {
            Action::ViewRegistry | Action::ViewWorkspace => Self::View,
            Action::CreateRegistry => Self::CreateRegistry,
            Action::EditRegistry => Self::EditRegistry,
            Action::DeleteRegistry => Self::DeleteRegistry,
            Action::TestConnection => Self::TestConnection,
            Action::CheckRegistry => Self::CheckRegistry,
            Action::CreateWorkspace => Self::CreateWorkspace,
            Action::DeleteWorkspace => Self::DeleteWorkspace,
            Action::ManageMembers => Self::ChangeRole,
            Action::ManageUsers => Self::ManageUsers,
            Action::ManageTokens => Self::ManageTokens,
            Action::ReadCredentials => Self::ReadCredentials,
            Action::ReadAudit => Self::ReadAudit,
        }
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditOutcome {
    Done,
    /// The person has no role that allows it.
    Refused,
    /// A wrong password.
    Failed,
}

impl AuditOutcome {
    pub const ALL: [Self; 3] = [Self::Done, Self::Refused, Self::Failed];

    /// The word in the database and on pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "Done",
            Self::Refused => "Refused",
            Self::Failed => "Failed",
        }
    }
}

/// A field that was changed. Never holds a secret: of a password it says only that it was set, kept or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditChange {
    pub field: String,
    /// Empty if there was nothing.
    pub from: String,
    /// Empty if there is nothing now.
    pub to: String,
}

impl AuditChange {
    /// The change of a field, if it has changed.
    pub fn of(field: &str, from: impl Into<String>, to: impl Into<String>) -> Option<Self> {
        let (from, to) = (from.into(), to.into());
        (from != to).then(|| Self { field: field.to_owned(), from, to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_event_has_a_word_and_a_label_of_its_own() {
        let words: BTreeSet<_> = AuditEvent::ALL.iter().map(|event| event.as_str()).collect();
        let labels: BTreeSet<_> = AuditEvent::ALL.iter().map(|event| event.label()).collect();
        assert_eq!((words.len(), labels.len()), (AuditEvent::ALL.len(), AuditEvent::ALL.len()));
        for event in AuditEvent::ALL {
            assert_eq!(AuditEvent::parse(event.as_str()), Some(event));
        }
        assert_eq!(AuditEvent::parse(""), None);
    }

    #[test]
    fn a_field_that_stays_the_same_is_no_change() {
        assert_eq!(AuditChange::of("URL", "a", "a"), None);
        assert!(AuditChange::of("URL", "", "a").is_some());
    }
}
