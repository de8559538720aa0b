//! Everything that is wrong with a form, at its top.

use super::FormState;
use leptos::prelude::*;

/// Says why the form was refused and links to each field that needs attention. It takes the focus.
#[component]
pub(crate) fn ErrorSummary() -> impl IntoView {
    let state = expect_context::<FormState>();
    let element = NodeRef::<leptos::html::Div>::new();
    Effect::new(move || {
        if state.refusal.with(Option::is_some)
            && let Some(element) = element.get()
        {
            let _ = element.focus();
        }
    });
    let summary = move || {
        state.refusal.get().map(|refusal| {
            let links = refusal.problems().iter().map(|problem| {
                view! { <li><a href=format!("#{}", problem.field)>{problem.message.clone()}</a></li> }
            });
            let links = links.collect_view();
            view! {
                <div class="notice error" role="alert" tabindex="-1" autofocus node_ref=element>
                    <p><strong>{refusal.to_string()}</strong></p>
                    {(!links.is_empty()).then(|| view! { <ul>{links}</ul> })}
                </div>
            }
        })
    };
    view! { {summary} }
}
