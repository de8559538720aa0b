//! Manifests: planned, shown, and applied all or not at all.

mod apply;
mod plan;
mod registry;

use super::audit::recorded;
use super::retry::retry_conflicts;
use crate::app_state::AppState;
use api::apply::Plan;
use app::manifests::port::Manifests;
use app::{Actor, AppError};
use async_trait::async_trait;
use serde_json::Value;

#[async_trait]
impl Manifests for AppState {
    async fn plan_manifests(&self, actor: &Actor, manifests: &[Value]) -> Result<Plan, AppError> {
        recorded(self, actor, plan::preview(self, actor, manifests).await).await
    }

    async fn apply_manifests(
        &self,
        actor: &Actor,
        manifests: &[Value],
        fingerprint: Option<&str>,
        confirmed: bool,
    ) -> Result<Plan, AppError> {
        let applied = retry_conflicts(|| apply::apply(self, actor, manifests, fingerprint, confirmed)).await;
        recorded(self, actor, applied).await
    }
}
