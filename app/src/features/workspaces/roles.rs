//! Roles in forms.

use domain::Role;

/// Stands for no role in a drop-down list.
pub const NO_ROLE: &str = "None";

/// The choices of a drop-down list, the least first.
pub(crate) fn role_options() -> Vec<String> {
    std::iter::once(NO_ROLE).chain(Role::ALL.map(Role::as_str)).map(str::to_owned).collect()
}

/// The role that was chosen.
///
/// # Errors
/// What can be chosen, if it is none of that.
pub fn parse_role(text: &str) -> Result<Option<Role>, &'static str> {
    match Role::parse(text) {
        Some(role) => Ok(Some(role)),
        None if text == NO_ROLE => Ok(None),
        None => Err("Choose None, Viewer, Editor or Administrator."),
    }
}
