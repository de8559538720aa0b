//! Roles in forms.

use domain::{Grant, Role};

/// Stands for no role in a drop-down list.
pub const NO_ROLE: &str = "None";

/// The choices of a drop-down list, the least first.
pub(crate) fn role_options() -> Vec<String> {
    std::iter::once(NO_ROLE).chain(Role::ALL.map(Role::as_str)).map(str::to_owned).collect()
}

/// The role that was chosen, and whether the box beside it is ticked (then it is not empty).
///
/// # Errors
/// What to choose instead.
pub fn parse_grant(role: &str, read_credentials: &str) -> Result<Option<Grant>, &'static str> {
    let read_credentials = !read_credentials.is_empty();
    match parse_role(role)? {
        Some(role) => Ok(Some(Grant { role, read_credentials })),
        None if read_credentials => Err("Whoever reads credentials needs a role, such as Viewer."),
        None => Ok(None),
    }
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
