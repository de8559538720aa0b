//! Forms that change something, with and without WebAssembly (progressive enhancement).
//!
//! A form posts the same body to the same server function either way. Without WebAssembly the browser follows the
//! redirect (post/redirect/get), or shows the returned page with the errors. With it, [`MutationForm`] sends the body
//! in the background and shows the errors in place.

mod disclosure;
mod error_summary;
mod field;
mod mutation_form;
mod unsaved_changes;

pub(crate) use disclosure::Disclosure;
pub(crate) use error_summary::ErrorSummary;
pub(crate) use field::{Checkbox, Field, FieldKind, SelectField};
pub(crate) use mutation_form::{FormState, MutationForm, Submission, SubmitButton, TEST_SUFFIX, apply_response};
pub(crate) use unsaved_changes::{UnsavedChanges, provide_history_guard};
