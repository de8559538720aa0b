//! Image registries, the main feature. One file for each thing that a person does with them.

use crate::page::Page;

mod check;
mod columns;
mod confirm_in_use;
mod create;
mod delete;
mod details;
mod edit;
mod fields;
mod form;
mod list;
mod model;
#[cfg(feature = "ssr")]
pub mod port;
mod pull_panel;
mod query;
mod report;
mod row;
mod selection;
mod status_badge;
mod test_connection;
mod trust;

pub use columns::Column;
pub use fields::{
    BasicFields, ConnectionFields, CreateFields, EditFields, NewRegistry, RegistryUpdate, StoredFields, ValidConnection,
};
pub use list::ListParams;
pub use model::{
    Authority, Consumer, DeleteTarget, PullFile, PullPanel, RegistryDetails, RegistryList, RegistryRow,
    RegistrySummary, Report, StepLine, StepOutcome, TrustView,
};
pub use query::{ListQuery, MAX_SEARCH_CHARS, PER_PAGE_CHOICES, Sort, SortColumn};

pub(crate) use columns::provide_columns;
pub(crate) use confirm_in_use::ConfirmInUse;
pub(crate) use create::CreatePage;
pub(crate) use delete::DeletePage;
pub(crate) use details::DetailsPage;
pub(crate) use edit::EditPage;
pub(crate) use list::ListPage;
pub(crate) use selection::provide_selection;

/// Where image registries are downloaded as manifests: with GET without passwords, with POST with those that the person may
/// read. Takes the filters of [`ListParams`].
pub const REGISTRY_EXPORT_PATH: &str = "/image-registries/export";

/// The list of image registries, as a breadcrumb.
pub(crate) fn list_above() -> (Page, String) {
    (Page::Registries, "Image Registries".to_owned())
}
