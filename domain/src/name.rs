//! Names of image registries and workspaces.

use super::is_padded;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The maximum length of a name, in characters: that of a DNS label (RFC 1035 2.3.4).
pub const MAX_NAME_CHARS: usize = 63;

/// A name: `^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`, at most [`MAX_NAME_CHARS`] characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Why a text is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("Enter a name.")]
    Missing,
    /// Leading or trailing white space.
    #[error("Remove the spaces before or after the name.")]
    Padded,
    /// More than [`MAX_NAME_CHARS`] characters.
    #[error("Shorten the name to 63 characters or fewer.")]
    TooLong,
    /// A character that is not allowed, or not allowed at the beginning or end.
    #[error("Use lowercase letters, digits, hyphens and dots only, with a letter or digit at both ends.")]
    Malformed,
}

impl Name {
    /// Parses a name as typed.
    ///
    /// # Errors
    /// The first rule of [`NameError`] that it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.trim().is_empty() {
            return Err(NameError::Missing);
        }
        if is_padded(text) {
            return Err(NameError::Padded);
        }
        if text.chars().count() > MAX_NAME_CHARS {
            return Err(NameError::TooLong);
        }
        let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'.';
        let edge = |c: Option<&u8>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let bytes = text.as_bytes();
        if bytes.iter().copied().all(inner) && edge(bytes.first()) && edge(bytes.last()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError::Malformed)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_legal_name_is_accepted_and_prints_as_itself(text in "[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?") {
            prop_assert_eq!(Name::parse(&text).unwrap().to_string(), text);
        }

        #[test]
        fn an_accepted_name_follows_the_rule(text in ".{0,70}") {
            if let Ok(name) = Name::parse(&text) {
                let bytes = name.as_str().as_bytes();
                prop_assert!(bytes.len() <= MAX_NAME_CHARS);
                prop_assert!(bytes.iter().all(|c| b"abcdefghijklmnopqrstuvwxyz0123456789-.".contains(c)));
                prop_assert!(bytes[0].is_ascii_alphanumeric() && bytes[bytes.len() - 1].is_ascii_alphanumeric());
            }
        }
    }

    #[test]
    fn each_invalid_name_has_its_own_error() {
        for (text, error) in [
            ("", NameError::Missing),
            ("  ", NameError::Missing),
            (" a", NameError::Padded),
            ("a\n", NameError::Padded),
            ("-a", NameError::Malformed),
            ("a-", NameError::Malformed),
            ("A", NameError::Malformed),
            ("a b", NameError::Malformed),
            ("a\0b", NameError::Malformed),
            ("ä", NameError::Malformed),
        ] {
            assert_eq!(Name::parse(text), Err(error), "{text:?}");
        }
        assert_eq!(Name::parse(&"a".repeat(64)), Err(NameError::TooLong));
        assert!(Name::parse(&"a".repeat(63)).is_ok());
    }
}
