//! One module per feature. A feature may use those above it in this list. The empty line keeps rustfmt from sorting it.

pub mod accounts;
pub mod workspaces;

pub mod users;

pub mod tokens;

pub mod audit;

pub mod image_registries;

pub mod manifests;

#[cfg(feature = "ssr")]
mod backend;

#[cfg(feature = "ssr")]
pub use backend::{Backend, provide_backend, secret_fields};
