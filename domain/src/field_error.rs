//! Errors at the fields of a form.

use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// An error at one field, worded for the person who filled it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The `name` of the form control.
    pub field: String,
    /// What is wrong and what to do about it.
    pub message: String,
}

/// A [`FieldError`] at `field`, with the message of a parse error.
pub fn field_error(field: &str, message: impl Display) -> FieldError {
    FieldError { field: field.to_owned(), message: message.to_string() }
}

/// The same for a value that breaks a rule, but in the browser the error is empty: the server words it. It recognises
/// more of what people paste, and the browser does not have to download that.
pub fn server_worded_error(field: &str, error: impl Display) -> FieldError {
    if cfg!(feature = "server") {
        field_error(field, error)
    } else {
        FieldError { field: String::new(), message: String::new() }
    }
}

/// The errors that the browser shows without asking the server. Empty if one is left to the server, which then reports
/// all of them together.
pub fn errors_for_browser(field_errors: Vec<FieldError>) -> Vec<FieldError> {
    let is_for_server = field_errors.iter().any(|error| error.message.is_empty());
    if is_for_server { Vec::new() } else { field_errors }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_one_error_is_left_to_the_server_all_are() {
        let worded = field_error("name", "Enter a name.");
        let unworded = FieldError { field: String::new(), message: String::new() };
        assert_eq!(errors_for_browser(vec![worded.clone()]).len(), 1);
        assert_eq!(errors_for_browser(vec![worded, unworded]), []);
    }
}
