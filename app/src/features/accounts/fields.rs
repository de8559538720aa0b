//! The forms' fields and their rules: the same code in the browser and on the server.

use crate::server_functions::form_fields;
use domain::{FieldError, NameError, Secret, field_error, is_padded};

/// The longest user name, in characters.
const MAX_USER_NAME_CHARS: usize = 64;

/// The fewest characters of a password (OWASP ASVS 6.2.1 asks for 8 and recommends 15).
const MIN_PASSWORD_CHARS: usize = 12;

/// The most bytes of a password: far beyond any passphrase, and a bound on the work of hashing.
const MAX_PASSWORD_BYTES: usize = 1024;

form_fields! {
    /// What the log-in form holds, as typed.
    pub struct LogInFields {
        /// The user name.
        pub user_name: String,
        /// The password.
        pub password: Secret,
    }
}

form_fields! {
    /// What the set-up form holds of the new account, as typed.
    pub struct NewAccount {
        /// The one-time token.
        pub token: Secret,
        /// The user name.
        pub user_name: String,
        /// The password.
        pub new_password: Secret,
        /// The same again.
        pub repeated_password: Secret,
    }
}

form_fields! {
    /// What the form holds that changes one's own password, as typed.
    pub struct PasswordChange {
        /// The current password.
        pub current_password: Secret,
        /// The new one.
        pub new_password: Secret,
        /// The same again.
        pub repeated_password: Secret,
    }
}

impl LogInFields {
    /// What is missing.
    pub fn field_errors(&self) -> Vec<FieldError> {
        let name = self.user_name.is_empty().then(|| field_error("user_name", "Enter your username."));
        let password = self.password.is_empty().then(|| field_error("password", "Enter your password."));
        name.into_iter().chain(password).collect()
    }
}

impl NewAccount {
    /// What is wrong with them.
    pub fn field_errors(&self) -> Vec<FieldError> {
        let name = user_name_problem(&self.user_name);
        name.into_iter().chain(password_problem(&self.user_name, &self.new_password, &self.repeated_password)).collect()
    }
}

impl PasswordChange {
    /// What is wrong with them, for the account of this name.
    pub fn field_errors(&self, user_name: &str) -> Vec<FieldError> {
        let missing =
            self.current_password.is_empty().then(|| field_error("current_password", "Enter your current password."));
        missing.into_iter().chain(password_problem(user_name, &self.new_password, &self.repeated_password)).collect()
    }
}

fn user_name_problem(user_name: &str) -> Option<FieldError> {
    if user_name.trim().is_empty() {
        Some(field_error("user_name", "Enter the name you want to log in with."))
    } else if is_padded(user_name) {
        Some(field_error("user_name", NameError::Padded))
    } else if user_name.chars().count() > MAX_USER_NAME_CHARS || user_name.chars().any(char::is_control) {
        Some(field_error("user_name", "Use 64 characters or fewer, and no control characters."))
    } else {
        None
    }
}

/// What is wrong with a new password and its repetition, if anything, with the names of their fields.
fn password_problem(user_name: &str, password: &Secret, repeated: &Secret) -> Option<FieldError> {
    let text = password.expose();
    if text.chars().count() < MIN_PASSWORD_CHARS {
        return Some(field_error("new_password", "Use 12 characters or more: a few words are easy to keep in mind."));
    }
    if text.len() > MAX_PASSWORD_BYTES {
        return Some(field_error("new_password", "Use a shorter password: 1,024 bytes at most."));
    }
    let first = text.chars().next();
    let monotonous = text.chars().all(|c| Some(c) == first);
    if monotonous || text.to_lowercase().contains(&user_name.to_lowercase()) && user_name.chars().count() > 3 {
        return Some(field_error("new_password", "This is easy to guess. Use a few unrelated words instead."));
    }
    (password != repeated).then(|| field_error("repeated_password", "This is not the same as the password above."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(user: &str, password: &str, repeated: &str) -> Option<String> {
        password_problem(user, &Secret::new(password), &Secret::new(repeated)).map(|problem| problem.field)
    }

    #[test]
    fn length_counts_and_both_have_to_be_the_same() {
        assert_eq!(field("anna", "short", "short").as_deref(), Some("new_password"));
        assert_eq!(field("anna", "aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa").as_deref(), Some("new_password"));
        assert_eq!(field("captain", "Captain-2026-x", "Captain-2026-x").as_deref(), Some("new_password"));
        assert_eq!(field("anna", "correct horse battery", "correct horse").as_deref(), Some("repeated_password"));
        assert_eq!(field("anna", "correct horse battery", "correct horse battery"), None);
    }
}
