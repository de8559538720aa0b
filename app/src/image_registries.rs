//! Image registries: the main thing. One file for each thing a person does with them.

mod check;
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
mod query;
mod report;
mod row;
mod selection;
mod test_connection;
mod trust;

pub use fields::{Connection, ConnectionFields, CreateFields, EditFields, NewRegistry, RegistryUpdate};
pub use list::ListParams;
pub use model::{
    Authority, DeleteTarget, RegistryDetails, RegistryList, RegistryRow, RegistrySummary, Report, StepLine,
    StepOutcome, TrustView,
};
pub use query::{ListQuery, MAX_SEARCH_CHARS, PER_PAGE_CHOICES, Sort, SortColumn};

pub(crate) use create::CreatePage;
pub(crate) use delete::DeletePage;
pub(crate) use details::DetailsPage;
pub(crate) use edit::EditPage;
pub(crate) use list::ListPage;
pub(crate) use selection::provide_selection;

/// The path of the list.
pub(crate) const LIST_PATH: &str = "/image-registries";

/// The list, as the page above another.
fn above() -> (String, String) {
    (LIST_PATH.to_owned(), "Image Registries".to_owned())
}

/// The path of a registry's details.
pub(crate) fn details_path(workspace: &str, name: &str) -> String {
    format!("{LIST_PATH}/{workspace}/{name}")
}
