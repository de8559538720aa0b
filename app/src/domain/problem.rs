//! What is wrong with one field of a form.

use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// One thing wrong with one field, in words for the person who filled it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The `name` of the form control that the problem belongs to.
    pub field: String,
    /// What is wrong and what to do about it.
    pub message: String,
}

/// A [`Problem`] at `field`, worded by the error that a `parse` gave.
pub fn problem(field: &str, message: impl Display) -> Problem {
    Problem { field: field.to_owned(), message: message.to_string() }
}
