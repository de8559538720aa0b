//! What is wrong with one field of a form.

use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// One thing wrong with one field, in words for the person who filled it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The `name` of the form control that the problem belongs to.
    pub field: String,
    /// What is wrong and what to do about it.
    pub message: String,
}

/// A [`FieldError`] at `field`, worded by the error that a `parse` gave.
pub fn field_error(field: &str, message: impl Display) -> FieldError {
    FieldError { field: field.to_owned(), message: message.to_string() }
}

/// The same for a value that breaks a rule. The browser knows that it does, and leaves the words to the server: it knows
/// more of what people paste, and all of that does not have to be loaded with the page.
pub fn broken(field: &str, error: impl Display) -> FieldError {
    if cfg!(feature = "server") {
        field_error(field, error)
    } else {
        FieldError { field: String::new(), message: String::new() }
    }
}

/// What the browser says by itself about a form: nothing where a value breaks a rule, for then the server says all of it
/// at once.
pub fn said_in_browser(field_errors: Vec<FieldError>) -> Vec<FieldError> {
    let is_for_server = field_errors.iter().any(|problem| problem.message.is_empty());
    if is_for_server { Vec::new() } else { field_errors }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_one_problem_is_left_to_the_server_all_are() {
        let worded = field_error("name", "Enter a name.");
        let unworded = FieldError { field: String::new(), message: String::new() };
        assert_eq!(said_in_browser(vec![worded.clone()]).len(), 1);
        assert_eq!(said_in_browser(vec![worded, unworded]), []);
    }
}
