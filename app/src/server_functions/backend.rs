//! What a server function finds in its context: the backend, and who sent the request.

use super::{Actor, AppError, Client, Visitor};
use http::header;
use http::request::Parts;
use leptos::prelude::use_context;
use std::sync::Arc;

/// The part of the backend that a feature needs, such as `dyn Workspaces`.
///
/// # Errors
/// [`AppError::Unavailable`] outside a request.
pub(crate) fn backend<T: ?Sized + Send + Sync + 'static>() -> Result<Arc<T>, AppError> {
    use_context().ok_or(AppError::Unavailable)
}

/// The signed-in person.
///
/// # Errors
/// [`AppError::Unauthenticated`] if there is none.
pub(crate) fn actor() -> Result<Actor, AppError> {
    use_context::<Parts>().and_then(|parts| parts.extensions.get().cloned()).ok_or(AppError::Unauthenticated)
}

/// The origin of the page that sent a form, such as `https://portolan.example.com`; empty if the browser does not say.
/// No other site's: those requests are rejected before.
pub(crate) fn origin() -> String {
    let header = use_context::<Parts>().and_then(|parts| parts.headers.get(header::ORIGIN).cloned());
    let text = header.and_then(|header| header.to_str().ok().map(str::to_owned)).unwrap_or_default();
    if text == "null" { String::new() } else { text }
}

/// The client, signed in or not.
pub(crate) fn visitor() -> Visitor {
    let parts = use_context::<Parts>();
    let client = parts.as_ref().map(Client::of).unwrap_or_default();
    Visitor { client, actor: parts.and_then(|parts| parts.extensions.get().cloned()) }
}
