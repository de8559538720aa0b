//! What a form's fields hold.

use super::Done;
use crate::domain::holds_private_key;
use crate::refusal::Refusal;
use leptos::prelude::window;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::RequestInit;

/// The most fields that come back with a page. Our own forms have fewer than twenty; the rest is a stranger's.
const MOST_SHOWN_AGAIN: usize = 64;

/// Names and values in the order of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values(Vec<(String, String)>);

impl Values {
    /// Takes the pairs of a form.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// Adds a value.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// The first value of that name; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Whether a control of that name was sent: for checkboxes.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// The same without what must not be shown again: what was typed into fields for secrets, or is one by mistake.
    /// That something was typed there is kept.
    pub fn without_secrets(self) -> Self {
        let mut kept = self.0;
        kept.truncate(MOST_SHOWN_AGAIN);
        kept.retain(|(name, value)| !is_secret(name) || !value.is_empty());
        for (name, value) in &mut kept {
            if is_secret(name) || holds_private_key(value) {
                value.clear();
            }
        }
        Self(kept)
    }

    /// The pairs that hold something, as a query: for forms that ask (`method="get"`).
    pub(crate) fn to_query(&self) -> String {
        let filled: Vec<_> = self.0.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
        Self(filled).encoded()
    }

    /// What a form in the browser holds, with the button that sent it.
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

    /// Posts them to a server function as the form itself would.
    pub(crate) async fn post(&self, action: &str) -> Result<Done, Refusal> {
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(&self.encoded().into());
        let text = exchange(action, &init, &[("Content-Type", "application/x-www-form-urlencoded")]).await?;
        serde_json::from_str(&text).map_err(|_| Refusal::Unavailable)
    }

    fn encoded(&self) -> String {
        let Ok(query) = web_sys::UrlSearchParams::new() else { return String::new() };
        for (name, value) in &self.0 {
            query.append(name, value);
        }
        query.to_string().into()
    }
}

/// Fetches what a server function has to say at this address.
#[cfg(not(feature = "ssr"))]
pub(crate) async fn fetch(address: String, in_background: bool) -> Result<String, Refusal> {
    let headers: &[_] = if in_background { &[(crate::BACKGROUND_HEADER, "yes")] } else { &[] };
    exchange(&address, &RequestInit::new(), headers).await
}

/// Sends a request and reads the answer, or the refusal.
async fn exchange(address: &str, init: &RequestInit, headers: &[(&str, &str)]) -> Result<String, Refusal> {
    let (is_ok, text) = send(address, init, headers).await.map_err(|_| Refusal::Unavailable)?;
    if is_ok { Ok(text) } else { Err(serde_json::from_str(&text).unwrap_or(Refusal::Unavailable)) }
}

/// Asks for JSON; gives whether the status is one of success, and the body.
async fn send(address: &str, init: &RequestInit, headers: &[(&str, &str)]) -> Result<(bool, String), JsValue> {
    let request = web_sys::Request::new_with_str_and_init(address, init)?;
    for (name, value) in [("Accept", "application/json")].iter().chain(headers) {
        request.headers().set(name, value)?;
    }
    let response = JsFuture::from(window().fetch_with_request(&request)).await?;
    let response: web_sys::Response = response.unchecked_into();
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.ok(), text.as_string().unwrap_or_default()))
}

fn is_secret(name: &str) -> bool {
    name.contains("password") || name == "token"
}
