//! The fields of the form and their rules.

use crate::features::workspaces::parse_grant;
use crate::server_functions::form_fields;
use domain::{FieldError, Grant, Name, field_error, is_padded};

/// Stands for no workspace in a drop-down list. No workspace has this name.
pub(crate) const ALL_WORKSPACES: &str = "All workspaces";

/// How long a token is valid unless said otherwise, in days.
pub(crate) const DEFAULT_DAYS: &str = "90";

/// The longest validity, in days.
const MAX_DAYS: u32 = 366;

/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 63;

form_fields! {
    /// The form that makes a token, as typed.
    pub struct TokenFields {
        /// Who or what uses it.
        pub token_name: String,
        /// The only workspace that it is good for; empty or `All workspaces` for all of its owner's.
        pub workspace: String,
        /// Empty unless ticked.
        pub belongs_to_workspace: String,
        pub role: String,
        /// Empty unless ticked.
        pub read_credentials: String,
        /// How long it is valid.
        pub days: String,
    }
}

/// The validated form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    pub name: String,
    /// The only workspace that it is good for.
    pub workspace: Option<Name>,
    /// Whether it belongs to the workspace and outlives its maker.
    pub belongs_to_workspace: bool,
    /// The most that it allows.
    pub limit: Grant,
    pub days: u32,
}

#[cfg(feature = "ssr")]
impl TokenFields {
    /// Validates all fields. Only on the server: the browser asks, and need not download the rules.
    ///
    /// # Errors
    /// The errors at all fields.
    pub fn validate(&self) -> Result<NewToken, Vec<FieldError>> {
        let mut field_errors = Vec::new();
        let mut report = |field: &str, error: String| field_errors.push(field_error(field, error));
        let name = self.token_name.clone();
        if name.trim().is_empty() {
            report("token_name", "Enter who or what will use the token, such as node-pool-a.".to_owned());
        } else if is_padded(&name) || name.chars().any(|c| c.is_control() || domain::is_invisible(c)) {
            report("token_name", "Remove the spaces before or after the name, and invisible characters.".to_owned());
        } else if name.chars().count() > MAX_NAME_CHARS {
            report("token_name", format!("Use at most {MAX_NAME_CHARS} characters."));
        }
        let belongs_to_workspace = !self.belongs_to_workspace.is_empty();
        let workspace = match (&*self.workspace, belongs_to_workspace) {
            ("" | ALL_WORKSPACES, false) => None,
            ("" | ALL_WORKSPACES, true) => {
                report("workspace", "Choose the workspace that it belongs to.".to_owned());
                None
            }
            (name, _) => Name::parse(name).map_err(|error| report("workspace", error.to_string())).ok(),
        };
        let limit = match parse_grant(&self.role, &self.read_credentials) {
            Ok(Some(limit)) => Some(limit),
            Ok(None) => {
                report("role", "Choose Viewer, Editor or Administrator.".to_owned());
                None
            }
            Err(error) => {
                report("role", error.to_owned());
                None
            }
        };
        let days = self.days.parse().ok().filter(|days| (1..=MAX_DAYS).contains(days));
        if days.is_none() {
            report("days", format!("Enter a number of days from 1 to {MAX_DAYS}."));
        }
        match (limit, days) {
            (Some(limit), Some(days)) if field_errors.is_empty() => {
                Ok(NewToken { name, workspace, belongs_to_workspace, limit, days })
            }
            _ => Err(field_errors),
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use domain::Role;

    fn fields() -> TokenFields {
        TokenFields {
            token_name: "node-pool-a".to_owned(),
            role: "Viewer".to_owned(),
            days: DEFAULT_DAYS.to_owned(),
            ..TokenFields::default()
        }
    }

    #[test]
    fn a_token_needs_a_name_and_a_role() {
        let limit = Role::Viewer.into();
        let name = "node-pool-a".to_owned();
        let token = NewToken { name, workspace: None, belongs_to_workspace: false, limit, days: 90 };
        assert_eq!(fields().validate(), Ok(token));
        let none =
            TokenFields { days: "0".to_owned(), belongs_to_workspace: "yes".to_owned(), ..TokenFields::default() };
        let named: Vec<_> = none.validate().unwrap_err().into_iter().map(|error| error.field).collect();
        assert_eq!(named, ["token_name", "workspace", "role", "days"]);
    }

    #[test]
    fn a_name_is_visible_and_the_validity_limited() {
        for name in [" ci", "ci ", "c\u{200b}i", "c\ni", &"x".repeat(64)] {
            assert!(TokenFields { token_name: name.to_owned(), ..fields() }.validate().is_err(), "{name:?}");
        }
        for days in ["", "-1", "367", "1.5", "99999999999"] {
            assert!(TokenFields { days: days.to_owned(), ..fields() }.validate().is_err(), "{days:?}");
        }
    }
}
