//! Image registries, behind the port. One file for each thing that is done with them.

mod check;
mod create;
mod delete;
mod details;
mod list;
mod test;
mod trust;
mod update;

use crate::backend::Portolan;
use crate::trouble::Outcome;
use crate::vault::{Place, VaultError};
use app::image_registries::port::{Deleted, ImageRegistries};
use app::image_registries::{
    ConnectionFields, CreateFields, Details, EditFields, ListQuery, RegistryList, Report, Summary, Target,
};
use app::{Actor, Refusal};
use async_trait::async_trait;
use domain::{RegistryUrl, Secret};

#[async_trait]
impl ImageRegistries for Portolan {
    async fn list_registries(&self, _: &Actor, query: &ListQuery) -> Result<RegistryList, Refusal> {
        Ok(list::list(self, query).await?)
    }

    async fn registry(&self, _: &Actor, workspace: &str, name: &str) -> Result<Details, Refusal> {
        Ok(details::by_name(self, workspace, name).await?)
    }

    async fn registries_by_id(&self, _: &Actor, ids: &[String]) -> Result<Vec<Summary>, Refusal> {
        Ok(delete::find(self, ids).await?)
    }

    async fn create_registry(&self, actor: &Actor, fields: CreateFields) -> Result<Details, Refusal> {
        Ok(create::create(self, actor, &fields).await?)
    }

    async fn update_registry(&self, actor: &Actor, fields: EditFields) -> Result<Details, Refusal> {
        Ok(update::update(self, actor, &fields).await?)
    }

    async fn check_registries(&self, _: &Actor, ids: &[String]) -> Result<u64, Refusal> {
        Ok(check::check(self, ids).await?)
    }

    async fn test_new_registry(&self, actor: &Actor, fields: ConnectionFields) -> Result<Report, Refusal> {
        Ok(test::test_new(self, actor, &fields).await?)
    }

    async fn test_edited_registry(&self, actor: &Actor, fields: EditFields) -> Result<Report, Refusal> {
        Ok(test::test_edited(self, actor, &fields).await?)
    }

    async fn delete_registries(&self, _: &Actor, targets: &[Target]) -> Result<Deleted, Refusal> {
        Ok(delete::delete(self, targets).await?)
    }
}

/// Seals a password for the row and the origin that it was entered for.
fn seal(
    portolan: &Portolan,
    workspace_id: &str,
    registry_id: &str,
    url: &RegistryUrl,
    password: &Secret,
) -> Outcome<String> {
    let origin = url.origin();
    let place = Place { workspace: workspace_id, registry: registry_id, field: "password", origin: &origin };
    let sealed: Result<String, VaultError> = portolan.vault.seal(&*portolan.entropy, place, password);
    Ok(sealed?)
}
