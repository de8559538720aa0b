//! Rarely needed fields behind a summary.

use super::FormState;
use crate::leptos_ext::SyncChildren;
use leptos::prelude::*;

/// Fields behind a summary. An error at one of them opens it; only the person closes it.
#[component]
pub(crate) fn Disclosure(
    class: &'static str,
    summary: &'static str,
    /// The names of the fields inside.
    holds: &'static [&'static str],
    /// Whether it is initially open.
    open: bool,
    children: SyncChildren,
) -> impl IntoView {
    let state = expect_context::<FormState>();
    let details = NodeRef::<leptos::html::Details>::new();
    let has_error = move || holds.iter().any(|field| !state.errors_at(field).is_empty());
    let open = open || untrack(has_error);
    Effect::new(move || {
        if has_error()
            && let Some(details) = details.get()
        {
            details.set_open(true);
        }
    });
    view! { <details class=class open=open node_ref=details><summary>{summary}</summary>{children.render()}</details> }
}

#[cfg(test)]
#[cfg(feature = "ssr")]
mod tests {
    use super::*;
    use crate::server_functions::AppError;
    use domain::field_error;

    /// Whether the disclosure is open, if there is an error at this field.
    fn is_open(open: bool, wrong: &str) -> bool {
        let _ = any_spawner::Executor::init_tokio();
        let html = Owner::new().with(|| {
            let state = FormState::new("/ui/x");
            state.error.set(Some(AppError::Validation(vec![field_error(wrong, "Fill it in.")])));
            provide_context(state);
            view! { <Disclosure class="more" summary="More" holds=&["test_image", "token"] open><p>"inside"</p></Disclosure> }
                .to_html()
        });
        html.split('>').next().is_some_and(|tag| tag.starts_with("<details") && tag.contains(" open"))
    }

    #[test]
    fn a_disclosure_with_an_error_inside_is_open() {
        assert!(is_open(false, "token") && is_open(true, "name"));
        assert!(!is_open(false, "name"), "an error elsewhere does not open it");
    }
}
