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

/// The same for a value that breaks a rule. The browser knows that it does, and leaves the words to the server: it knows
/// more of what people paste, and all of that does not have to be loaded with the page.
pub fn broken(field: &str, error: impl Display) -> Problem {
    if cfg!(feature = "server") {
        problem(field, error)
    } else {
        Problem { field: String::new(), message: String::new() }
    }
}

/// What the browser says by itself about a form: nothing where a value breaks a rule, for then the server says all of it
/// at once.
pub fn said_in_browser(problems: Vec<Problem>) -> Vec<Problem> {
    let is_for_server = problems.iter().any(|problem| problem.message.is_empty());
    if is_for_server { Vec::new() } else { problems }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_one_problem_is_left_to_the_server_all_are() {
        let worded = problem("name", "Enter a name.");
        let unworded = Problem { field: String::new(), message: String::new() };
        assert_eq!(said_in_browser(vec![worded.clone()]).len(), 1);
        assert_eq!(said_in_browser(vec![worded, unworded]), []);
    }
}
