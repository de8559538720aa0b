//! What a form gets back.

use super::Values;
use crate::image_registries::Report;
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// The form was carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The local path to go to.
    pub to: String,
    /// What to tell there, if anything.
    pub message: Option<String>,
    /// Whether the page has to be loaded anew: another person is looking at it now.
    pub reload: bool,
    /// What a test found: nothing was stored, and the form stays as it is.
    pub report: Option<Report>,
}

impl Done {
    /// Done; go to this page.
    pub fn at(to: impl Into<String>) -> Self {
        Self { to: to.into(), ..Self::default() }
    }

    /// Tested; stay.
    pub fn tested(report: Report) -> Self {
        Self { report: Some(report), ..Self::default() }
    }

    /// What to tell there.
    pub fn saying(self, message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..self }
    }

    /// For log in and log out: nothing of the old page may stay.
    pub fn as_someone_else(self) -> Self {
        Self { reload: true, ..self }
    }
}

/// A plain form whose page is shown again, because it was refused or only tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Returned {
    /// The server function that it was posted to.
    pub action: String,
    /// What was typed, secrets excepted.
    pub values: Values,
    /// What the test found, or why it was refused.
    pub answer: Result<Report, Refusal>,
}
