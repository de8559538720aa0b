//! Forms that change something, with and without WebAssembly.
//!
//! A form posts the same body to the same server function either way. Without WebAssembly the browser follows
//! the redirect, or shows the page that comes back with the problems. With it, [`MutationForm`] sends the same
//! body in the background and shows the same problems in place.

mod disclosure;
mod field;
mod mutation;
mod response;
mod summary;
mod unknown_fields;
mod unsaved;
mod values;

pub use response::{FormReplay, FormResponse};
pub use unknown_fields::UnknownFields;
pub use values::FormValues;
#[cfg(not(feature = "ssr"))]
pub(crate) use values::fetch;

pub(crate) use disclosure::Disclosure;
pub(crate) use field::{Checkbox, Field, FieldKind, WorkspaceSelect};
pub(crate) use mutation::{FormState, MutationForm, Submission, SubmitButton, TEST_SUFFIX, apply_response};
pub(crate) use summary::ErrorSummary;
pub(crate) use unsaved::{UnsavedChanges, provide_history_guard};
