//! The answers to forms, independent of any feature.

use super::{AppError, FormValues, Payload};
use serde::{Deserialize, Serialize};

/// The answer to a successful form: where to go next (post/redirect/get), and the flash message to show there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormResponse {
    /// The local path to redirect to.
    pub location: String,
    /// The flash message: shown once, on the page at `location`.
    pub flash: Option<String>,
    /// Whether the browser must reload the page, because the signed-in person has changed.
    pub full_reload: bool,
    /// The result of a dry run. Nothing was stored, and the form stays open.
    pub result: Option<Payload>,
}

impl FormResponse {
    pub fn redirect(location: impl Into<String>) -> Self {
        Self { location: location.into(), ..Self::default() }
    }

    /// Shows the result of a dry run beside the form.
    pub fn dry_run(result: &impl Serialize) -> Self {
        Self { result: Some(Payload::of(result)), ..Self::default() }
    }

    pub fn with_flash(self, text: impl Into<String>) -> Self {
        Self { flash: Some(text.into()), ..self }
    }

    /// For login and logout: nothing of the old page may stay in the browser.
    pub fn with_full_reload(self) -> Self {
        Self { full_reload: true, ..self }
    }

    /// Answers the form, whether it was sent by the browser itself or by script. Every server function of a form ends
    /// with this.
    ///
    /// # Errors
    /// [`AppError::Unavailable`] outside a call.
    #[cfg(feature = "ssr")]
    pub(crate) fn send(self) -> Result<Self, AppError> {
        crate::server_functions::answer_form(self.clone())?;
        Ok(self)
    }
}

/// A plain form to show again, because it was rejected or was a dry run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormReplay {
    /// The path of the server function that it was posted to.
    pub action: String,
    /// What was typed, except secrets.
    pub values: FormValues,
    /// The result of the dry run, or why the form was rejected.
    pub answer: Result<Payload, AppError>,
}
