//! Rules for the passwords of our own accounts.

use crate::domain::{Problem, Secret, problem};

/// The fewest characters (OWASP ASVS 6.2.1 asks for 8 and recommends 15).
const MIN_CHARS: usize = 12;

/// The most bytes: far beyond any passphrase, and a bound on the work of hashing.
const MAX_BYTES: usize = 1024;

/// What is wrong with a new password and its repetition, if anything, with the names of their fields.
pub fn password_problem(user_name: &str, password: &Secret, repeated: &Secret) -> Option<Problem> {
    let text = password.expose();
    if text.chars().count() < MIN_CHARS {
        return Some(problem("new_password", "Use 12 characters or more: a few words are easy to keep in mind."));
    }
    if text.len() > MAX_BYTES {
        return Some(problem("new_password", "Use 1,024 characters or fewer."));
    }
    let first = text.chars().next();
    let monotonous = text.chars().all(|c| Some(c) == first);
    if monotonous || text.to_lowercase().contains(&user_name.to_lowercase()) && user_name.chars().count() > 3 {
        return Some(problem("new_password", "This is easy to guess. Use a few unrelated words instead."));
    }
    (password != repeated).then(|| problem("repeated_password", "This is not the same as the password above."))
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
