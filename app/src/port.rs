//! The port between the pages and whatever makes them true.
//!
//! The pages need four things: who is asking, what they want, the answer, and what can go wrong. The server
//! implements these traits on its store; a test may implement them on anything.

use crate::accounts::port::Accounts;
use crate::actor::{Actor, ClientAddress, Visitor};
use crate::error::AppError;
use crate::image_registries::port::ImageRegistries;
use crate::workspaces::port::Workspaces;
use http::request::Parts;
use leptos::prelude::use_context;
use std::sync::Arc;

/// Everything the pages ask for. Each method says who is asking, so that authorisation, validation and
/// audit are written once, behind the port.
pub trait Backend: ImageRegistries + Workspaces + Accounts {}

impl<T: ImageRegistries + Workspaces + Accounts> Backend for T {}

/// The backend of this request.
pub(crate) fn backend() -> Result<Arc<dyn Backend>, AppError> {
    use_context().ok_or(AppError::Unavailable)
}

/// Whoever is signed in.
pub(crate) fn actor() -> Result<Actor, AppError> {
    use_context::<Parts>().and_then(|parts| parts.extensions.get().cloned()).ok_or(AppError::Unauthenticated)
}

/// Whoever asks, signed in or not.
pub(crate) fn visitor() -> Visitor {
    let extensions = use_context::<Parts>().map(|parts| parts.extensions).unwrap_or_default();
    let ClientAddress(address) = extensions.get().copied().unwrap_or_default();
    Visitor { address, actor: extensions.get().cloned() }
}
