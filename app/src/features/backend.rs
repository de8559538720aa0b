//! What all features together ask of the server.

use super::accounts::port::Accounts;
use super::accounts::{LogInFields, NewAccount, PasswordChange};
use super::image_registries::ConnectionFields;
use super::image_registries::port::ImageRegistries;
use super::workspaces::port::Workspaces;
use domain::secret_fields_of;
use leptos::context::provide_context;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Everything that server functions call. Each method says who is asking: authorisation, validation and audit belong
/// behind these traits, where every caller passes.
pub trait Backend: ImageRegistries + Workspaces + Accounts + 'static {}

impl<T: ImageRegistries + Workspaces + Accounts + 'static> Backend for T {}

/// Puts a backend where the server functions of every feature look for it.
pub fn provide_backend(backend: Arc<impl Backend>) {
    provide_context::<Arc<dyn Accounts>>(backend.clone());
    provide_context::<Arc<dyn Workspaces>>(backend.clone());
    provide_context::<Arc<dyn ImageRegistries>>(backend);
}

/// The names of all fields that hold secrets, by their type. They never come back with a page.
pub fn secret_fields() -> BTreeSet<String> {
    let fields = [
        secret_fields_of::<LogInFields>(),
        secret_fields_of::<NewAccount>(),
        secret_fields_of::<PasswordChange>(),
        secret_fields_of::<ConnectionFields>(),
    ];
    fields.into_iter().flatten().collect()
}
