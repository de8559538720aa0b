//! How strong a new password seems, while it is typed.
//!
//! A hint, not a rule: the server refuses only the commonest passwords, whose list is too large for a browser. So is the
//! dictionary of a real estimator such as zxcvbn (800 KB). This counts the characters that cannot be foreseen.

use super::fields::MIN_PASSWORD_CHARS;

/// What is guessed first, beside the user name. Each counts as one character.
const COMMON_PARTS: [&str; 10] =
    ["password", "passwort", "qwerty", "welcome", "letmein", "iloveyou", "admin", "login", "changeme", "portolan"];

/// Rows of keyboards, and a way across one. They are followed from left to right and from right to left.
const ROWS: [&str; 6] = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop", "1qaz2wsx3edc4rfv5tgb"];

/// What a password is worth, in bits. Three random words are about 40.
const FAIR_BITS: usize = 40;
const STRONG_BITS: usize = 60;

/// How strong a new password seems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// It will be rejected.
    TooShort,
    Weak,
    Fair,
    Strong,
}

impl Strength {
    /// The strength of a password of this user.
    pub fn of(password: &str, user_name: &str) -> Self {
        if password.chars().count() < MIN_PASSWORD_CHARS {
            return Self::TooShort;
        }
        let unforeseen = unforeseen_chars(&without_common_parts(password, user_name));
        match unforeseen.len() * half_bits_for_each(&unforeseen) / 2 {
            STRONG_BITS.. => Self::Strong,
            FAIR_BITS.. => Self::Fair,
            _ => Self::Weak,
        }
    }

    pub fn sentence(self) -> &'static str {
        match self {
            Self::TooShort => "Too short.",
            Self::Weak => "Weak: easy to guess. Add unrelated words.",
            Self::Fair => "Fair: another word would make it strong.",
            Self::Strong => "Strong.",
        }
    }
}

/// The password with one character, which nobody types, in place of the user name and of what is guessed first.
fn without_common_parts(password: &str, user_name: &str) -> String {
    // As long as the password, byte for byte.
    let mut lowercase = password.to_ascii_lowercase();
    let mut rest = password.to_owned();
    for part in COMMON_PARTS.into_iter().chain([&*user_name.to_ascii_lowercase()]).filter(|part| part.len() > 2) {
        while let Some(at) = lowercase.find(part) {
            lowercase.replace_range(at..at + part.len(), "\u{1}");
            rest.replace_range(at..at + part.len(), "\u{1}");
        }
    }
    rest
}

/// The characters that cannot be foreseen from those before: neither repeated nor next in the alphabet, among the digits
/// or on a keyboard.
fn unforeseen_chars(text: &str) -> Vec<char> {
    let lowercase: Vec<char> = text.chars().map(|c| c.to_ascii_lowercase()).collect();
    text.chars().enumerate().filter(|&(at, _)| !is_foreseen(&lowercase[..at], lowercase[at])).map(|(_, c)| c).collect()
}

/// What a character is worth, in half bits. Letters that form words have about 2.5 bits; with each further kind of
/// characters it is less likely that they form words only.
fn half_bits_for_each(chars: &[char]) -> usize {
    let kinds: [fn(&char) -> bool; 5] = [
        char::is_ascii_lowercase,
        char::is_ascii_uppercase,
        char::is_ascii_digit,
        |c| c.is_ascii_punctuation() || *c == ' ',
        |c| !c.is_ascii(),
    ];
    match kinds.into_iter().filter(|is_of_kind| chars.iter().any(is_of_kind)).count() {
        0 | 1 => 5,
        2 => 6,
        3 => 8,
        _ => 10,
    }
}

/// Whether a character can be foreseen from those before. Two are not enough: "er" is on keyboards and in most words.
fn is_foreseen(before: &[char], next: char) -> bool {
    let &[.., first, second] = before else { return false };
    let [a, b, c] = [first, second, next].map(u32::from);
    let is_in_order = a.abs_diff(b) <= 1 && a.wrapping_add(c) == b.wrapping_mul(2);
    let is_on_a_row = |three: [char; 3]| ROWS.iter().any(|row| row.contains(&*String::from_iter(three)));
    is_in_order
        || is_on_a_row([first, second, next])
        || is_on_a_row([next, second, first])
        || before.windows(3).any(|three| *three == [first, second, next])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_long_but_easy_to_foresee_is_weak() {
        for weak in [
            "aaaaaaaaaaaaaaaaaaaa",
            "abcdefghijklmnop",
            "123456789012345",
            "qwertyuiopasdfghjkl",
            "1qaz2wsx3edc4rfv5tgb",
            "Password1234!",
            "abcabcabcabcabcabc",
            "anna.anna.anna.anna",
            "ANNA-anna-2026",
            "PortolanPortolan1",
            "20261130202611",
            "zyxwvutsrqponmlkjihgfe",
            "poiuytrewqlkjhgfdsamnbvcxz",
        ] {
            assert_eq!(Strength::of(weak, "anna"), Strength::Weak, "{weak}");
        }
    }

    #[test]
    fn unrelated_words_and_random_characters_are_strong() {
        for strong in [
            "correct horse battery staple",
            "a longer secret sentence",
            "eleven purple anchors",
            "xK3$fq9!LmPz",
            "Vf7uWq2nTz8cJd4x",
        ] {
            assert_eq!(Strength::of(strong, "anna"), Strength::Strong, "{strong}");
        }
        assert_eq!(Strength::of("harbourlantern", "anna"), Strength::Weak, "two words");
        assert_eq!(Strength::of("harbourlanternfog", "anna"), Strength::Fair);
    }

    #[test]
    fn a_short_password_is_too_short_in_any_script() {
        assert_eq!(Strength::of("xK3$fq9!LmP", "anna"), Strength::TooShort);
        assert_eq!(
            Strength::of("\u{fc}\u{e4}\u{f6}\u{fc}\u{e4}\u{f6}", "anna"),
            Strength::TooShort,
            "12 bytes are six characters"
        );
    }

    #[test]
    fn a_user_name_of_one_or_two_letters_is_in_many_words() {
        assert_eq!(Strength::of("a longer secret sentence", "e"), Strength::of("a longer secret sentence", "anna"));
    }

    proptest! {
        #[test]
        fn every_password_of_12_characters_has_a_strength(password in "(?s:.){0,200}", user_name in "[a-z]{0,9}") {
            let strength = Strength::of(&password, &user_name);
            prop_assert_eq!(strength == Strength::TooShort, password.chars().count() < 12);
        }
    }
}
