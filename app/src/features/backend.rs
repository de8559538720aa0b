//! What all features together need from the server.

use super::accounts::port::Accounts;
use super::accounts::{LogInFields, NewAccount, PasswordChange};
use super::audit::port::AuditTrail;
use super::image_registries::ConnectionFields;
use super::image_registries::port::ImageRegistries;
use super::manifests::ImportFields;
use super::manifests::port::Manifests;
use super::tokens::port::Tokens;
use super::users::NewPassword;
use super::users::port::Users;
use super::workspaces::port::Workspaces;
use domain::secret_fields_of;
use leptos::context::provide_context;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Everything that server functions call. Authorisation, validation and audit belong behind these traits, where every
/// caller passes.
pub trait Backend: ImageRegistries + Manifests + Workspaces + Users + Tokens + AuditTrail + Accounts + 'static {}

impl<T: ImageRegistries + Manifests + Workspaces + Users + Tokens + AuditTrail + Accounts + 'static> Backend for T {}

/// Provides a backend to the server functions of every feature.
pub fn provide_backend(backend: Arc<impl Backend>) {
    provide_context::<Arc<dyn Accounts>>(backend.clone());
    provide_context::<Arc<dyn Workspaces>>(backend.clone());
    provide_context::<Arc<dyn Users>>(backend.clone());
    provide_context::<Arc<dyn Tokens>>(backend.clone());
    provide_context::<Arc<dyn AuditTrail>>(backend.clone());
    provide_context::<Arc<dyn Manifests>>(backend.clone());
    provide_context::<Arc<dyn ImageRegistries>>(backend);
}

/// The names of all form fields of type [`domain::Secret`]. Their values are never sent back with a page.
pub fn secret_fields() -> BTreeSet<String> {
    let fields = [
        secret_fields_of::<LogInFields>(),
        secret_fields_of::<NewAccount>(),
        secret_fields_of::<PasswordChange>(),
        secret_fields_of::<NewPassword>(),
        secret_fields_of::<ConnectionFields>(),
        secret_fields_of::<ImportFields>(),
    ];
    fields.into_iter().flatten().collect()
}
