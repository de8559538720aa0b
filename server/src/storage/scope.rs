//! What of the database a statement may see.

/// The workspaces that exist for a person. Everything else is, to them, not there.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    Everything,
    /// The workspaces in which this account has a role.
    WorkspacesOf(&'a str),
    /// One workspace, by its id.
    Workspace(&'a str),
}

impl Scope<'_> {
    /// The condition that a workspace's id is within the scope, as `column in (…)`, and the value of its placeholder,
    /// which has the number `place`. `None` if it always holds.
    pub(super) fn condition(self, column: &str, place: usize) -> Option<(String, String)> {
        match self {
            Self::Everything => None,
            Self::WorkspacesOf(account_id) => Some((
                format!("{column} in (select workspace_id from workspace_role where account_id = ${place})"),
                account_id.to_owned(),
            )),
            Self::Workspace(id) => Some((format!("{column} = ${place}"), id.to_owned())),
        }
    }

    /// The condition after other ones, and its value, if there is one.
    pub(super) fn and(self, column: &str, place: usize) -> (String, Vec<String>) {
        let (condition, value) = self.condition(column, place).unzip();
        (condition.map(|condition| format!(" and {condition}")).unwrap_or_default(), value.into_iter().collect())
    }
}
