//! Image registries, one file per use case.

mod api_fields;
mod changes;
mod check;
mod consumers;
mod create;
mod create_once;
mod credentials;
mod cursor;
mod delete;
mod details;
mod export;
mod list;
mod pull_config;
mod report;
mod seal;
mod status;
mod test;
mod trust;
mod update;

pub use api_fields::{connection_fields, pointer, ticked};
pub use changes::{changed_fields, created_fields};
pub use consumers::recent as recent_consumers;
pub use create::create_within;
pub use details::details;
pub use export::export;
pub use update::{effect_on_clients, update_within};

use super::audit::{Entry, recorded};
use super::retry::retry_conflicts;
use crate::app_state::AppState;
use crate::auth::{Permit, Refusal, authorize};
use crate::storage::image_registries::{self, Edit, SummaryRecord};
use crate::storage::{StorageError, WriteTransaction};
use app::image_registries::port::{
    CreateOnceError, CredentialsOf, CursorPage, CursorQuery, Deleted, FoundCredentials, IdempotencyKey, ImageRegistries,
};
use app::image_registries::{
    ConnectionFields, CreateFields, DeleteTarget, EditFields, ListQuery, PullPanel, RegistryDetails, RegistryList,
    RegistrySummary, Report,
};
use app::{Actor, AppError};
use async_trait::async_trait;
use domain::{Action, AuditEvent, Labels, Resource};
use std::collections::BTreeMap;

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

    async fn registries_after(&self, actor: &Actor, query: &CursorQuery) -> Result<CursorPage, AppError> {
        recorded(self, actor, cursor::page(self, actor, query).await).await
    }

    async fn create_registry_once(
        &self,
        actor: &Actor,
        fields: CreateFields,
        key: &IdempotencyKey,
    ) -> Result<RegistryDetails, CreateOnceError> {
        let created = retry_conflicts(|| create_once::create(self, actor, &fields, key)).await;
        recorded(self, actor, created).await?
    }

    async fn credentials(
        &self,
        actor: &Actor,
        which: &CredentialsOf,
        purpose: &str,
    ) -> Result<FoundCredentials, AppError> {
        recorded(self, actor, retry_conflicts(|| credentials::read(self, actor, which, purpose)).await).await
    }

    async fn pull_config(
        &self,
        actor: &Actor,
        workspace: &str,
        name: &str,
        format: &str,
    ) -> Result<PullPanel, AppError> {
        recorded(self, actor, pull_config::masked(self, actor, workspace, name, format).await).await
    }

    async fn pull_config_with_password(
        &self,
        actor: &Actor,
        workspace: &str,
        name: &str,
        format: &str,
    ) -> Result<PullPanel, AppError> {
        let read = retry_conflicts(|| pull_config::with_password(self, actor, workspace, name, format)).await;
        recorded(self, actor, read).await
    }

    async fn delete_registries(
        &self,
        actor: &Actor,
        targets: &[DeleteTarget],
        confirmed: bool,
    ) -> Result<Deleted, AppError> {
        recorded(self, actor, retry_conflicts(|| delete::delete(self, actor, targets, confirmed)).await).await
    }
}

/// Who changes a registry, and when it is checked next.
fn edit<'a>(state: &AppState, permit: &Permit<'a>) -> Edit<'a> {
    let actor = permit.actor();
    let now = state.clock.now();
    Edit {
        account_id: actor.account_id(),
        token_name: actor.token.as_ref().map(|token| &*token.name),
        now,
        next_check_at: state.scheduler.initial_due_at(now),
    }
}

async fn store_labels(transaction: &mut WriteTransaction, id: &str, labels: &Labels) -> Result<(), StorageError> {
    // Objects of texts are always JSON.
    let json = |map: &BTreeMap<String, String>| serde_json::to_string(map).unwrap_or_default();
    image_registries::set_metadata(transaction, id, &json(&labels.labels), &json(&labels.annotations)).await
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
