//! Image registries, one file per use case.

mod changes;
mod check;
mod create;
mod delete;
mod details;
mod list;
mod report;
mod seal;
mod status;
mod test;
mod trust;
mod update;

pub use changes::{changed_fields, created_fields};
pub use create::create_in;
pub use details::details;
pub use update::update_in;

use super::audit::{Entry, recorded};
use super::retry::retry_conflicts;
use crate::app_state::AppState;
use crate::auth::{Permit, Refusal, authorize};
use crate::storage::image_registries::SummaryRecord;
use crate::storage::{StorageError, WriteTransaction};
use app::image_registries::port::{Deleted, ImageRegistries};
use app::image_registries::{
    ConnectionFields, CreateFields, DeleteTarget, EditFields, ListQuery, RegistryDetails, RegistryList,
    RegistrySummary, Report,
};
use app::{Actor, AppError};
use async_trait::async_trait;
use domain::{Action, AuditEvent, Resource};

#[async_trait]
impl ImageRegistries for AppState {
    async fn list_registries(&self, actor: &Actor, query: &ListQuery) -> Result<RegistryList, AppError> {
        recorded(self, actor, list::list(self, actor, query).await).await
    }

    async fn registry(&self, actor: &Actor, workspace: &str, name: &str) -> Result<RegistryDetails, AppError> {
        recorded(self, actor, details::by_name(self, actor, workspace, name).await).await
    }

    async fn registry_to_edit(&self, actor: &Actor, workspace: &str, name: &str) -> Result<RegistryDetails, AppError> {
        recorded(self, actor, details::to_edit(self, actor, workspace, name).await).await
    }

    async fn registries_by_id(&self, actor: &Actor, ids: &[String]) -> Result<Vec<RegistrySummary>, AppError> {
        recorded(self, actor, delete::find(self, actor, ids).await).await
    }

    async fn create_registry(&self, actor: &Actor, fields: CreateFields) -> Result<RegistryDetails, AppError> {
        recorded(self, actor, retry_conflicts(|| create::create(self, actor, &fields)).await).await
    }

    async fn update_registry(&self, actor: &Actor, fields: EditFields) -> Result<RegistryDetails, AppError> {
        recorded(self, actor, retry_conflicts(|| update::update(self, actor, &fields)).await).await
    }

    async fn check_registries(&self, actor: &Actor, ids: &[String]) -> Result<u64, AppError> {
        recorded(self, actor, retry_conflicts(|| check::check(self, actor, ids)).await).await
    }

    async fn test_new_registry(&self, actor: &Actor, fields: ConnectionFields) -> Result<Report, AppError> {
        recorded(self, actor, test::test_new(self, actor, &fields).await).await
    }

    async fn test_edited_registry(&self, actor: &Actor, fields: EditFields) -> Result<Report, AppError> {
        recorded(self, actor, test::test_edited(self, actor, &fields).await).await
    }

    async fn delete_registries(&self, actor: &Actor, targets: &[DeleteTarget]) -> Result<Deleted, AppError> {
        recorded(self, actor, retry_conflicts(|| delete::delete(self, actor, targets)).await).await
    }
}

/// Permits to do this to all of these registries, one for each.
fn permit_all<'a>(actor: &'a Actor, action: Action, registries: &[SummaryRecord]) -> Result<Vec<Permit<'a>>, Refusal> {
    registries.iter().map(|it| authorize(actor, action, Resource::Workspace(&it.workspace_id))).collect()
}

/// Records that these permits were used for these registries.
async fn record_all(
    state: &AppState,
    transaction: &mut WriteTransaction,
    permits: &[Permit<'_>],
    event: AuditEvent,
    registries: &[SummaryRecord],
) -> Result<(), StorageError> {
    for (permit, registry) in permits.iter().zip(registries) {
        Entry::permitted(permit, event)
            .in_workspace(&registry.workspace_id, &registry.workspace)
            .about(&registry.id, &registry.name)
            .record(state, transaction)
            .await?;
    }
    Ok(())
}
