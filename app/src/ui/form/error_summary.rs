//! All errors of a form, at its top.

use super::FormState;
use crate::leptos_ext::replacing;
use crate::page::Page;
use crate::server_functions::AppError;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Says why the form was rejected and links to each field with an error. It takes the focus.
#[component]
pub(crate) fn ErrorSummary() -> impl IntoView {
    let state = expect_context::<FormState>();
    let element = NodeRef::<leptos::html::Div>::new();
    Effect::new(move || {
        if state.error.with(Option::is_some)
            && let Some(element) = element.get()
        {
            let _ = element.focus();
        }
    });
    let summary = move || {
        state.error.get().map(|error| {
            let links = error.field_errors().iter().map(|field_error| {
                let field = field_error.field.clone();
                let focus = move |event: web_sys::MouseEvent| {
                    event.prevent_default();
                    focus_on(&field);
                };
                view! { <li><a href=format!("#{}", field_error.field) on:click=focus>{state.sentence(field_error)}</a></li> }
            });
            let links = links.collect_view();
            // In another tab, so that this one keeps what was typed.
            let log_in = (error == AppError::Unauthenticated).then(|| {
                view! { <p><a href=Page::LogIn.path() target="_blank">"Log in in another tab"</a>", then press the button again: what you typed is still here."</p> }
            });
            replacing(view! {
                <div class="notice error" role="alert" tabindex="-1" autofocus node_ref=element>
                    <p><strong>{error.to_string()}</strong></p>
                    {log_in}
                    {(!links.is_empty()).then(|| view! { <ul>{links}</ul> })}
                </div>
            })
        })
    };
    view! { {summary} }
}

/// Moves the focus to a field, as a link to it does by itself. But the router intercepts links, and only scrolls.
fn focus_on(field: &str) {
    let element =
        document().get_element_by_id(field).and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        let _ = element.focus();
    }
}
