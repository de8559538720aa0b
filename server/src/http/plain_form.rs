//! Plain forms: forms that a browser posts without script.

use axum::extract::Request;
use http::{Method, header};

const FORM: &str = "application/x-www-form-urlencoded";

/// Whether a browser posted this form without script and expects a page.
pub fn is_plain_form(request: &Request) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|header| header.to_str().ok()).unwrap_or_default();
    request.method() == Method::POST && accepts.contains("text/html")
}

pub fn has_form_body(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|header| header.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM))
}
