//! The values of a form's fields.

use super::{AppError, FormResponse, fetch};
use domain::holds_private_key;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use wasm_bindgen::JsCast;
use web_sys::RequestInit;

/// The maximum number of fields that are shown again. Our own forms have fewer than twenty.
const MAX_SHOWN_AGAIN: usize = 64;

/// Names and values in the order of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormValues(Vec<(String, String)>);

impl FormValues {
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The first value with this name; empty if there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Whether a field with this name was sent: a checkbox is sent only if ticked.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// Clears what must not be shown again: the fields with these names, and private keys in other fields. A cleared
    /// field stays, so that the page can ask for it again.
    #[must_use]
    pub fn without_secrets(self, secret_fields: &BTreeSet<String>) -> Self {
        let mut kept = self.0;
        kept.truncate(MAX_SHOWN_AGAIN);
        kept.retain(|(name, value)| !secret_fields.contains(name) || !value.is_empty());
        for (name, value) in &mut kept {
            if secret_fields.contains(name) || holds_private_key(value) {
                value.clear();
            }
        }
        Self(kept)
    }

    /// The filled-in fields as a query string, for forms with `method="get"`.
    pub(crate) fn to_query(&self) -> String {
        let filled: Vec<_> = self.0.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
        Self(filled).encoded()
    }

    /// Reads the fields of a form in the browser, and the button that submitted it.
    pub(crate) fn of_form(form: &web_sys::HtmlFormElement, submitter: Option<&web_sys::HtmlElement>) -> Self {
        let mut pairs = Vec::new();
        if let Ok(data) = web_sys::FormData::new_with_form(form) {
            for entry in data.entries().into_iter().flatten() {
                let entry: js_sys::Array = entry.unchecked_into();
                if let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string()) {
                    pairs.push((name, value));
                }
            }
        }
        let attribute = |name| submitter.and_then(|button| button.get_attribute(name));
        if let Some(name) = attribute("name") {
            pairs.push((name, attribute("value").unwrap_or_default()));
        }
        Self(pairs)
    }

    /// Posts the values to a server function as the form itself would.
    pub(crate) async fn post(&self, action: &str) -> Result<FormResponse, AppError> {
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(&self.encoded().into());
        let text = fetch(action, &init, &[("Content-Type", "application/x-www-form-urlencoded")]).await?;
        serde_json::from_str(&text).map_err(|_| AppError::Unavailable)
    }

    fn encoded(&self) -> String {
        let Ok(query) = web_sys::UrlSearchParams::new() else { return String::new() };
        for (name, value) in &self.0 {
            query.append(name, value);
        }
        query.to_string().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn the_first_of_several_values_counts_and_a_missing_one_is_empty() {
        let values = FormValues::new(vec![pair("id", "1"), pair("id", "2"), pair("skip", "")]);
        assert_eq!((values.get("id"), values.get("skip"), values.get("ID")), ("1", "", ""));
        assert!(values.has("id") && values.has("skip"), "an empty field was sent");
        assert!(!values.has("ID"));
    }

    #[test]
    fn fields_that_are_no_secrets_are_shown_again_as_typed_and_in_their_order() {
        let typed = FormValues::new(vec![pair("url", " a.example "), pair("id", "1"), pair("id", "2"), pair("q", "")]);
        assert_eq!(typed.clone().without_secrets(&BTreeSet::from(["password".to_owned()])), typed);
    }

    #[test]
    fn s6_secrets_are_cleared_but_their_fields_stay() {
        let typed = FormValues::new(vec![
            pair("name", "one"),
            pair("password", "canary"),
            pair("repeated_password", ""),
            pair("ca_certificates", "-----BEGIN PRIVATE KEY-----\ncanary"),
        ]);
        let secret = ["password", "repeated_password"].map(str::to_owned).into();
        let kept = typed.without_secrets(&secret);
        assert_eq!(kept.get("name"), "one");
        assert!(kept.has("password") && kept.get("password").is_empty());
        assert!(!kept.has("repeated_password"), "nothing was typed there");
        assert!(kept.has("ca_certificates") && kept.get("ca_certificates").is_empty());
    }

    #[test]
    fn the_number_of_fields_shown_again_is_limited() {
        let pairs = (0..1_000).map(|index| (index.to_string(), "x".to_owned())).collect();
        assert_eq!(FormValues::new(pairs).without_secrets(&BTreeSet::new()).0.len(), MAX_SHOWN_AGAIN);
    }
}
