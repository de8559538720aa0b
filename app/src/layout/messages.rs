//! Messages above the page.

use crate::leptos_ext::{log_in_address, replacing};
use crate::page_context::{PageStream, page_state};
use crate::ui::Icon;
use leptos::prelude::*;

/// The flash message, and a notice if the session has ended while the page was open. The region is always there, so
/// that screen readers announce changes.
#[component]
pub(super) fn Messages() -> impl IntoView {
    let page_state = page_state();
    let flash = move || {
        page_state
            .message
            .get()
            .map(|message| replacing(view! { <p class="notice success"><Icon name="done"/>{message.text}</p> }))
    };
    let session_ended = move || {
        (page_state.stream.get() == PageStream::SignedOut).then(|| replacing(view! {
            <p class="notice warning">
                <Icon name="warning"/><span>"Your session has ended. "<a href=log_in_address() rel="external">"Log in again"</a></span>
            </p>
        }))
    };
    view! { <div role="status" class="messages">{flash}{session_ended}</div> }
}
