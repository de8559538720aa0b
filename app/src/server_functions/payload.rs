//! A feature's type inside a type that knows no feature.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A feature's own type, as JSON text inside a type that knows no feature.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload(String);

/// Without the text, which may hold a secret that is shown once.
impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.0.len())
    }
}

impl Payload {
    pub fn of(value: &impl Serialize) -> Self {
        // If this fails, `read` returns `None`.
        Self(serde_json::to_string(value).unwrap_or_default())
    }

    /// Decodes the value, or returns `None` if it is of another type.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server_functions::{AppError, FormResponse};

    #[test]
    fn a_payload_is_read_only_as_the_type_that_it_was_made_of() {
        let payload = Payload::of(&FormResponse::redirect("/workspaces"));
        assert_eq!(payload.read(), Some(FormResponse::redirect("/workspaces")));
        assert_eq!(payload.read::<AppError>(), None);
    }

    #[test]
    fn a_value_that_is_not_json_becomes_a_payload_of_no_type() {
        let by_list = std::collections::BTreeMap::from([(vec![1], 2)]);
        assert!(serde_json::to_string(&by_list).is_err());
        assert_eq!(Payload::of(&by_list).read::<()>(), None);
    }
}
