//! The commonest passwords, which are guessed first. Where they come from is in `common_passwords/README.md`.

use domain::Secret;

/// Lower-case, one a line, none shorter than a new password has to be.
const LIST: &str = include_str!("common_passwords/list.txt");

/// Whether a password is among the commonest, in any letter case, or one character over and over (OWASP ASVS 6.2.4).
/// Only the server asks this: a browser would have to download the list.
pub fn is_common(password: &Secret) -> bool {
    let text = password.expose();
    let mut chars = text.chars();
    let first = chars.next();
    chars.all(|c| Some(c) == first) || LIST.lines().any(|common| common.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commonest_passwords_are_known_in_any_letter_case() {
        for common in ["qwertyuiop[]", "1q2w3e4r5t6y", "PasswordPassword", "aaaaaaaaaaaaaaa", "\u{e4}\u{e4}\u{e4}"] {
            assert!(is_common(&Secret::new(common)), "{common}");
        }
        for uncommon in ["correct horse battery", "1q2w3e4r5t6y ", "xPasswordPassword", "abababababababababab"] {
            assert!(!is_common(&Secret::new(uncommon)), "{uncommon}");
        }
    }

    #[test]
    fn the_list_holds_what_the_other_rules_would_accept() {
        assert!(LIST.lines().count() >= 3_000, "OWASP ASVS 6.2.4");
        for common in LIST.lines() {
            assert!(common.len() >= 12 && common.is_ascii() && common == common.to_lowercase(), "{common}");
        }
    }
}
