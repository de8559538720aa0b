//! Choosing a workspace.

use crate::ui::{Field, SelectField};
use leptos::either::Either;
use leptos::prelude::*;

/// A choice of workspaces; a text field if there are too many to choose from.
#[component]
pub(crate) fn WorkspaceSelect(
    /// All of them; none if there are too many.
    names: Option<Vec<String>>,
    #[prop(into)] chosen: String,
) -> impl IntoView {
    match names {
        Some(options) => Either::Left(view! { <SelectField name="workspace" label="Workspace" options value=chosen/> }),
        None => Either::Right(view! { <Field name="workspace" label="Workspace" required=true value=chosen/> }),
    }
}
