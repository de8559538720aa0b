//! Forms that change something, with and without WebAssembly.
//!
//! A form posts the same body to the same server function either way. Without WebAssembly the browser follows
//! the redirect, or shows the page that comes back with the problems. With it, [`MutationForm`] sends the same
//! body in the background and shows the same problems in place.

mod answer;
mod field;
mod fold;
mod mutation;
mod summary;
mod unexpected;
mod unsaved;
mod values;

pub use answer::{Done, Returned};
pub use unexpected::Unexpected;
pub use values::Values;
#[cfg(not(feature = "ssr"))]
pub(crate) use values::fetch;

pub(crate) use field::{Field, FieldKind, Tick, WorkspaceSelect};
pub(crate) use fold::Fold;
pub(crate) use mutation::{FormState, MutationForm, Sent, SubmitButton, TEST, tell};
pub(crate) use summary::ErrorSummary;
pub(crate) use unsaved::{UnsavedChanges, provide_way_back};
