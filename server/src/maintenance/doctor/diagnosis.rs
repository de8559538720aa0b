//! What one check says.

use serde::Serialize;
use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Ok,
    /// It works, but should not stay.
    Warning,
    /// Something does not work, or secrets are exposed.
    Problem,
}

/// What one check says: a line for people, an object for machines. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    pub severity: Severity,
    /// What was examined.
    pub check: &'static str,
    pub what: String,
    /// What to do about it. `None` if nothing is wrong.
    pub next_step: Option<String>,
}

impl Diagnosis {
    pub fn ok(check: &'static str, what: impl Into<String>) -> Self {
        Self { severity: Severity::Ok, check, what: what.into(), next_step: None }
    }

    pub fn warning(check: &'static str, what: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, check, what: what.into(), next_step: Some(next_step.into()) }
    }

    pub fn problem(check: &'static str, what: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { severity: Severity::Problem, check, what: what.into(), next_step: Some(next_step.into()) }
    }

    /// A problem that an error describes: its first sentence or half says what is wrong, the rest what to do. `otherwise`
    /// is what to do if the error does not say.
    pub fn of_error(check: &'static str, error: impl fmt::Display, otherwise: &str) -> Self {
        let text = error.to_string();
        let text = text.trim_end_matches('.');
        let (what, next_step) = text.split_once(". ").or_else(|| text.split_once("; ")).unwrap_or((text, otherwise));
        Self::problem(check, what, next_step)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        })
    }
}

/// One line, whatever is in a path or in an error.
impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, check, what, next_step } = self;
        write!(f, "{severity:<7}  {check}: {}", one_line(what))?;
        match next_step {
            Some(next_step) => write!(f, "  \u{2014} {}", one_line(next_step)),
            None => Ok(()),
        }
    }
}

fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_is_wrong_and_then_what_to_do_on_one_line() {
        let diagnosis =
            Diagnosis::of_error("key", "There is no key\nat /a.b/c. Put it back. Or name another one.", "?");
        assert_eq!(
            diagnosis.to_string(),
            "problem  key: There is no key at /a.b/c  \u{2014} Put it back. Or name another one"
        );
        assert_eq!(Diagnosis::of_error("key", "No.", "Do it.").to_string(), "problem  key: No  \u{2014} Do it.");
        assert_eq!(Diagnosis::ok("key", "fine").to_string(), "ok       key: fine");
    }
}
