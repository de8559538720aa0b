//! The field that chooses a workspace.

use crate::ui::{Field, SelectField};
use leptos::either::Either;
use leptos::prelude::*;

/// A drop-down list of workspaces, or a text field if there are too many.
#[component]
pub(crate) fn WorkspaceSelect(
    /// All workspaces, or `None` if there are too many.
    names: Option<Vec<String>>,
    #[prop(into)] chosen: String,
    /// What to choose.
    #[prop(optional)]
    hint: &'static str,
) -> impl IntoView {
    match names {
        Some(options) => {
            Either::Left(view! { <SelectField name="workspace" label="Workspace" options value=chosen hint/> })
        }
        None => Either::Right(view! { <Field name="workspace" label="Workspace" required=true value=chosen hint/> }),
    }
}
