//! HTTP requests from the browser.

use super::AppError;
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::RequestInit;

/// Marks requests that a page makes by itself. They do not keep the session alive.
pub const BACKGROUND_HEADER: &str = "portolan-background";

/// Sends a request and returns the JSON text of the answer.
///
/// # Errors
/// The error that the server answers with, or [`AppError::Unavailable`] if it cannot be reached.
pub(crate) async fn fetch(address: &str, init: &RequestInit, headers: &[(&str, &str)]) -> Result<String, AppError> {
    let (is_ok, text) = send(address, init, headers).await.map_err(|_| AppError::Unavailable)?;
    if is_ok { Ok(text) } else { Err(serde_json::from_str(&text).unwrap_or(AppError::Unavailable)) }
}

/// Returns whether the status is a success, and the body.
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
