//! What a server function finds in its context: the backend, and who sent the request.

use super::{Actor, AppError, ClientAddress, Visitor};
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

/// The client, signed in or not.
pub(crate) fn visitor() -> Visitor {
    let extensions = use_context::<Parts>().map(|parts| parts.extensions).unwrap_or_default();
    let ClientAddress(address) = extensions.get().copied().unwrap_or_default();
    Visitor { address, actor: extensions.get().cloned() }
}
