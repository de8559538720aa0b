//! A value that must not be displayed, logged or sent to a browser.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A password or token. It can be read from a form but not printed: there is no `Display`, `Debug` hides the content,
/// and it is serialised to null.
///
/// On the server it is wiped from memory when dropped, and compared in constant time. In the browser neither would
/// help: the page itself holds what was typed.
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

    /// The secret in the clear. Every call deserves a review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
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

/// Serialises to null. A form is serialised only to find out which of its fields are secrets (`secret_fields_of`).
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

/// The names of the [`Secret`] fields in a struct of strings and secrets.
#[cfg(feature = "server")]
pub fn secret_fields_of<T: Serialize + Default>() -> Vec<String> {
    let fields = serde_json::to_value(T::default()).ok().and_then(|fields| fields.as_object().cloned());
    fields.unwrap_or_default().into_iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s7_debug_output_hides_a_secret() {
        assert_eq!(format!("{:?}", Secret::new("canary")), "Secret(…)");
    }

    #[derive(Default, Serialize)]
    struct Form {
        name: String,
        token: Secret,
    }

    #[test]
    fn s7_a_secret_is_serialised_to_null_and_its_field_is_found_by_its_type() {
        let form = Form { name: "one".to_owned(), token: Secret::new("canary") };
        assert_eq!(serde_json::to_string(&form).unwrap(), r#"{"name":"one","token":null}"#);
        assert_eq!(secret_fields_of::<Form>(), ["token"]);
    }
}
