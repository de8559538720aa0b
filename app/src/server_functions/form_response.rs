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
    /// What the form shows beside it while it stays open: the result of a dry run, or something to be seen once.
    pub result: Option<Payload>,
}

impl FormResponse {
    pub fn redirect(location: impl Into<String>) -> Self {
        Self { location: location.into(), ..Self::default() }
    }

    /// Shows a result beside the form, which stays open.
    pub fn stay_with(result: &impl Serialize) -> Self {
        Self { result: Some(Payload::of(result)), ..Self::default() }
    }

    /// The page whose data the form has changed, and that shows the message.
    #[must_use]
    pub fn on(self, page: impl Into<String>) -> Self {
        Self { location: page.into(), ..self }
    }

    #[must_use]
    pub fn with_flash(self, text: impl Into<String>) -> Self {
        Self { flash: Some(text.into()), ..self }
    }

    /// For login and logout: nothing of the old page may stay in the browser.
    #[must_use]
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

/// A plain form to show again, because it was rejected or has a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormReplay {
    /// The path of the server function that it was posted to.
    pub action: String,
    /// What was typed, except secrets.
    pub values: FormValues,
    /// What to show beside it, or why the form was rejected.
    pub answer: Result<Payload, AppError>,
}

#[cfg(test)]
#[cfg(feature = "ssr")]
mod tests {
    use super::*;
    use crate::server_functions::ResponseEffects;
    use domain::field_error;
    use leptos::prelude::{Owner, provide_context};
    use std::collections::BTreeSet;

    /// The same as JSON, as the browser finds it in a page or in an answer.
    fn sent<T: Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
        serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
    }

    #[test]
    fn a_form_response_reaches_the_browser_unchanged() {
        let done = FormResponse::redirect("/login").with_flash("Logged out.").with_full_reload();
        assert_eq!((done.location.as_str(), done.flash.as_deref()), ("/login", Some("Logged out.")));
        assert!(done.full_reload && done.result.is_none());
        assert_eq!(sent(&done), done);
    }

    #[test]
    fn a_form_that_stays_carries_its_result_and_leads_nowhere() {
        let tested = sent(&FormResponse::stay_with(&("Connected", 3)));
        assert_eq!((tested.location.as_str(), &tested.flash, tested.full_reload), ("", &None, false));
        assert_eq!(tested.result.unwrap().read(), Some(("Connected".to_owned(), 3)));
    }

    #[test]
    fn a_form_to_show_again_reaches_the_browser_without_its_secrets() {
        let typed = [("name", "caf\u{e9} \u{201c}<b>\u{201d}\r\n"), ("password", "canary")];
        let typed = FormValues::new(typed.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        let values = typed.without_secrets(&BTreeSet::from(["password".to_owned()]));
        let rejected = AppError::Validation(vec![field_error("name", "Shorten it.")]);
        for answer in [Err(rejected), Err(AppError::Unauthenticated), Ok(Payload::of(&"Connected"))] {
            let replay = FormReplay { action: "/ui/workspaces/create".to_owned(), values: values.clone(), answer };
            assert_eq!(sent(&replay), replay);
            assert!(!serde_json::to_string(&replay).unwrap().contains("canary"));
        }
    }

    #[test]
    fn a_form_response_is_returned_and_left_for_the_http_layer() {
        let effects = ResponseEffects::default();
        let done = FormResponse::redirect("/workspaces").with_flash("Deleted.");
        Owner::new().with(|| {
            provide_context(effects.clone());
            assert_eq!(done.clone().send(), Ok(done.clone()));
        });
        assert_eq!(effects.take().form, Some(done));
    }
}
