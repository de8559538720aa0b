//! What importing manifests needs from the server.

use crate::server_functions::{Actor, AppError};
use api::apply::Plan;
use async_trait::async_trait;
use serde_json::Value;

/// Plans and applies manifests, as `api::manifest::parse` reads them. It takes a role that may create registries
/// somewhere; what may not be done is broken in a plan, and refused when it is applied.
#[async_trait]
pub trait Manifests: Send + Sync {
    /// What applying them would do. Nothing is stored.
    async fn plan_manifests(&self, actor: &Actor, manifests: &[Value]) -> Result<Plan, AppError>;

    /// Applies them in one transaction, all or none. If somebody has confirmed a plan with this fingerprint and it is
    /// another one by now, nothing is stored: [`AppError::Conflict`] holds the new [`Plan`]. The errors of broken
    /// manifests are at pointers such as `/manifests/0/spec/url`. If clients would pull from elsewhere, or without
    /// credentials, only if that is `confirmed`; otherwise [`AppError::InUse`] names them.
    async fn apply_manifests(
        &self,
        actor: &Actor,
        manifests: &[Value],
        fingerprint: Option<&str>,
        confirmed: bool,
    ) -> Result<Plan, AppError>;
}
