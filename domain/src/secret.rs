//! A value that must not be shown.

use serde::{Deserialize, Deserializer, Serializer};
use std::fmt;

/// A password or token on its way in. It can be read from a form but neither printed nor serialised:
/// there is no `Display`, no `Serialize`, and `Debug` shows that it is there and nothing else.
/// On the server it is wiped from memory when it is dropped, and compared in constant time. In the browser the page
/// itself holds what was typed.
#[derive(Clone, Default, Eq)]
pub struct Secret(Text);

#[cfg(feature = "server")]
type Text = zeroize::Zeroizing<String>;
#[cfg(not(feature = "server"))]
type Text = String;

impl Secret {
    /// Wraps a secret. It is never trimmed: every character may matter.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Text::from(text.into()))
    }

    /// The secret in the clear. Every call is a place to look at.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        #[cfg(feature = "server")]
        return subtle::ConstantTimeEq::ct_eq(self.0.as_bytes(), other.0.as_bytes()).into();
        #[cfg(not(feature = "server"))]
        return self.0 == other.0;
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// For fields of server functions. The framework wants arguments that Rust code in the browser could send; ours are
/// sent by the form itself, so a secret is never serialised.
pub fn never_serialized<S: Serializer>(_: &Secret, _: S) -> Result<S::Ok, S::Error> {
    Err(serde::ser::Error::custom("a secret is not serialised"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", Secret::new("canary")), "Secret(…)");
    }
}
