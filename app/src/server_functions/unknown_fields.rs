//! Rejects fields that a form does not have.

use super::AppError;
use domain::{FieldError, field_error};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The hidden field with the path of the page that shows a rejected plain form again.
pub(crate) const PAGE_FIELD: &str = "page";

/// The maximum number of names in an error, so that the answer does not grow with the request.
const MAX_NAMED: usize = 20;

/// The maximum length of a name in an error, in characters.
const MAX_CHARS: usize = 60;

/// The names of posted fields that the form does not have. Flattened into the arguments of a server function, it
/// catches what would otherwise be ignored silently.
#[derive(Clone, Debug, Default)]
pub struct UnknownFields(Vec<String>);

impl UnknownFields {
    /// Takes these names, cut to the limits.
    pub fn named(names: impl Iterator<Item = String>) -> Self {
        Self(names.take(MAX_NAMED).map(|name| name.chars().take(MAX_CHARS).collect()).collect())
    }

    /// Rejects the request if there are unknown fields.
    ///
    /// # Errors
    /// [`AppError::Validation`] with an error at each.
    pub fn reject(self) -> Result<(), AppError> {
        let field_errors: Vec<FieldError> = self
            .0
            .iter()
            .map(|field| field_error(field, format!("\u{201c}{field}\u{201d} cannot be set here.")))
            .collect();
        if field_errors.is_empty() { Ok(()) } else { Err(AppError::Validation(field_errors)) }
    }
}

impl Serialize for UnknownFields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_map(Some(0))?.end()
    }
}

impl<'de> Deserialize<'de> for UnknownFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = UnknownFields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the remaining fields of a form")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<UnknownFields, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = fields.next_entry::<String, IgnoredAny>()? {
                    if name != PAGE_FIELD && names.len() < MAX_NAMED {
                        names.push(name);
                    }
                }
                Ok(UnknownFields::named(names.into_iter()))
            }
        }

        deserializer.deserialize_map(Names)
    }
}

#[cfg(test)]
#[cfg(feature = "ssr")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The arguments of a server function, as the framework declares them.
    #[derive(Debug, Serialize, Deserialize)]
    struct Arguments {
        name: String,
        #[serde(flatten)]
        unknown_fields: UnknownFields,
    }

    /// The error at each unknown field of a form.
    fn rejected(body: &str) -> Vec<FieldError> {
        let arguments: Arguments = serde_urlencoded::from_str(body).unwrap();
        match arguments.unknown_fields.reject() {
            Ok(()) => Vec::new(),
            Err(error) => error.field_errors().to_vec(),
        }
    }

    #[test]
    fn the_fields_of_a_form_and_its_page_are_known() {
        assert_eq!(rejected("name=one"), []);
        assert_eq!(rejected("name=one&page=%2Fworkspaces"), []);
    }

    #[test]
    fn w7_every_unknown_field_is_named_in_an_error_of_its_own() {
        let errors = rejected("role=admin&name=one&Name=x&page=%2F");
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["role", "Name"]);
        assert_eq!(errors[0].message, "\u{201c}role\u{201d} cannot be set here.");
    }

    proptest! {
        #[test]
        fn the_error_does_not_grow_with_the_request(names in proptest::collection::vec("(?s).{0,70}", 0..30)) {
            let pairs: Vec<_> = names.iter().map(|name| (format!("+{name}"), "x")).chain([("name".to_owned(), "one")]).collect();
            let errors = rejected(&serde_urlencoded::to_string(&pairs).unwrap());
            prop_assert_eq!(errors.len(), names.len().min(MAX_NAMED));
            prop_assert!(errors.iter().all(|error| error.field.chars().count() <= MAX_CHARS));
        }
    }

    #[test]
    fn a_call_of_our_own_sends_no_unknown_fields() {
        let unknown_fields = UnknownFields::named(["role".to_owned()].into_iter());
        let call = Arguments { name: "one".to_owned(), unknown_fields };
        assert_eq!(serde_urlencoded::to_string(&call).unwrap(), "name=one");
    }
}
