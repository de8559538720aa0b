//! The fields of the forms and their rules, shared by browser and server.

use crate::server_functions::form_fields;
use domain::{FieldError, NameError, Secret, field_error, is_padded};

/// The maximum length of a username, in characters.
const MAX_USER_NAME_CHARS: usize = 64;

/// The minimum length of a new password, in characters (OWASP ASVS 6.2.1 requires 8 and recommends 15).
pub(super) const MIN_PASSWORD_CHARS: usize = 12;

/// The maximum length of a new password, in characters (OWASP ASVS 6.2.9 requires at least 64). Longer ones from before
/// still log in.
const MAX_PASSWORD_CHARS: usize = 128;

form_fields! {
    /// The log-in form, as typed.
    pub struct LogInFields {
        pub user_name: String,
        pub password: Secret,
    }
}

form_fields! {
    /// The set-up form, as typed.
    pub struct NewAccount {
        /// The token from the one-time link.
        pub token: Secret,
        pub user_name: String,
        pub new_password: Secret,
        pub repeated_password: Secret,
    }
}

form_fields! {
    /// The form that changes one's own password, as typed.
    pub struct PasswordChange {
        pub current_password: Secret,
        pub new_password: Secret,
        pub repeated_password: Secret,
    }
}

impl LogInFields {
    /// An error at each empty field.
    pub fn field_errors(&self) -> Vec<FieldError> {
        let name = self.user_name.is_empty().then(|| field_error("user_name", "Enter your username."));
        let password = self.password.is_empty().then(|| field_error("password", "Enter your password."));
        name.into_iter().chain(password).collect()
    }
}

impl NewAccount {
    /// The errors at all fields.
    pub fn field_errors(&self) -> Vec<FieldError> {
        let name = new_user_name_error(&self.user_name);
        name.into_iter().chain(password_error(&self.user_name, &self.new_password, &self.repeated_password)).collect()
    }
}

impl PasswordChange {
    /// The errors at all fields. The new password must not be `user_name`.
    pub fn field_errors(&self, user_name: &str) -> Vec<FieldError> {
        let missing =
            self.current_password.is_empty().then(|| field_error("current_password", "Enter your current password."));
        missing.into_iter().chain(password_error(user_name, &self.new_password, &self.repeated_password)).collect()
    }
}

/// Only ASCII, so that no two names look alike. The database tells letter case apart for nobody.
pub(crate) fn new_user_name_error(user_name: &str) -> Option<FieldError> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._-+@".contains(c);
    if user_name.trim().is_empty() {
        Some(field_error("user_name", "Enter the name you want to log in with."))
    } else if is_padded(user_name) {
        Some(field_error("user_name", NameError::Padded))
    } else if !user_name.chars().all(is_allowed) || !user_name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        let rule = "Use letters from a to z, digits and . _ - + @, and begin with a letter or digit.";
        Some(field_error("user_name", rule))
    } else if user_name.len() > MAX_USER_NAME_CHARS {
        Some(field_error("user_name", "Use 64 characters or fewer."))
    } else {
        None
    }
}

/// The error in a new password or its repetition, if any, at the field it belongs to. Any characters are allowed, in any
/// composition (OWASP ASVS 6.2.5). Whether it is among the commonest, only the server can tell.
pub(crate) fn password_error(user_name: &str, password: &Secret, repeated: &Secret) -> Option<FieldError> {
    let text = password.expose();
    let chars = text.chars().count();
    if chars < MIN_PASSWORD_CHARS {
        return Some(field_error("new_password", "Use 12 characters or more."));
    }
    if chars > MAX_PASSWORD_CHARS {
        return Some(field_error("new_password", "Use 128 characters or fewer."));
    }
    // User names are ASCII.
    if text.eq_ignore_ascii_case(user_name) {
        return Some(field_error("new_password", "This is your username. Use a few unrelated words instead."));
    }
    (password != repeated).then(|| field_error("repeated_password", "This is not the same as the password above."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(user: &str, password: &str, repeated: &str) -> Option<String> {
        password_error(user, &Secret::new(password), &Secret::new(repeated)).map(|error| error.field)
    }

    #[test]
    fn a_new_password_must_be_long_not_the_user_name_and_repeated() {
        assert_eq!(field("anna", "short", "short").as_deref(), Some("new_password"));
        assert_eq!(field("captain.anna", "Captain.Anna", "Captain.Anna").as_deref(), Some("new_password"));
        assert_eq!(field("captain", "Captain-2026-x", "Captain-2026-x"), None, "it is more than the user name");
        assert_eq!(field("anna", "correct horse battery", "correct horse").as_deref(), Some("repeated_password"));
        assert_eq!(field("anna", "correct horse battery", "correct horse battery"), None);
    }

    #[test]
    fn a_new_password_has_12_to_128_characters_of_any_kind() {
        for c in ["a", " ", "\u{e4}", "\u{1f6a2}", "\u{0}", "\n", "\u{202e}"] {
            for (chars, wrong) in [(11, Some("new_password")), (12, None), (128, None), (129, Some("new_password"))] {
                let password = c.repeat(chars);
                assert_eq!(field("anna", &password, &password).as_deref(), wrong, "{chars} times {c:?}");
            }
        }
    }
}
