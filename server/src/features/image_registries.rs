//! Image registries, one file per use case.

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

use super::retry::retry_conflicts;
use crate::app_state::AppState;
use crate::auth::authorize;
use crate::storage::image_registries::SummaryRecord;
use app::image_registries::port::{Deleted, ImageRegistries};
use app::image_registries::{
    ConnectionFields, CreateFields, DeleteTarget, EditFields, ListQuery, RegistryDetails, RegistryList,
    RegistrySummary, Report,
};
use app::{Actor, AppError};
use async_trait::async_trait;
use domain::{Action, Resource};

#[async_trait]
impl ImageRegistries for AppState {
    async fn list_registries(&self, actor: &Actor, query: &ListQuery) -> Result<RegistryList, AppError> {
        Ok(list::list(self, actor, query).await?)
    }

    async fn registry(&self, actor: &Actor, workspace: &str, name: &str) -> Result<RegistryDetails, AppError> {
        Ok(details::by_name(self, actor, workspace, name).await?)
    }

    async fn registries_by_id(&self, actor: &Actor, ids: &[String]) -> Result<Vec<RegistrySummary>, AppError> {
        Ok(delete::find(self, actor, ids).await?)
    }

    async fn create_registry(&self, actor: &Actor, fields: CreateFields) -> Result<RegistryDetails, AppError> {
        Ok(retry_conflicts(|| create::create(self, actor, &fields)).await?)
    }

    async fn update_registry(&self, actor: &Actor, fields: EditFields) -> Result<RegistryDetails, AppError> {
        Ok(retry_conflicts(|| update::update(self, actor, &fields)).await?)
    }

    async fn check_registries(&self, actor: &Actor, ids: &[String]) -> Result<u64, AppError> {
        Ok(retry_conflicts(|| check::check(self, actor, ids)).await?)
    }

    async fn test_new_registry(&self, actor: &Actor, fields: ConnectionFields) -> Result<Report, AppError> {
        Ok(test::test_new(self, actor, &fields).await?)
    }

    async fn test_edited_registry(&self, actor: &Actor, fields: EditFields) -> Result<Report, AppError> {
        Ok(test::test_edited(self, actor, &fields).await?)
    }

    async fn delete_registries(&self, actor: &Actor, targets: &[DeleteTarget]) -> Result<Deleted, AppError> {
        Ok(retry_conflicts(|| delete::delete(self, actor, targets)).await?)
    }
}

/// Whether the actor may do this to all of these registries.
fn permit_all(actor: &Actor, action: Action, registries: &[SummaryRecord]) -> Result<(), AppError> {
    registries.iter().try_for_each(|it| authorize(actor, action, Resource::Workspace(&it.workspace_id)).map(|_| ()))
}
