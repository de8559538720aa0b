//! Messages above the page.

use crate::leptos_ext::{Arrival, arrival, current_location, log_in_address, replacing};
use crate::page_context::{PageStream, page_state};
use crate::ui::Icon;
use leptos::prelude::*;

/// The flash message, and notices if the session has ended while the page was open or if code could not be downloaded.
/// The region is always there, so that screen readers announce changes.
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
    let arrival = arrival();
    let next_page = move || match arrival.get() {
        Arrival::Done => ().into_any(),
        Arrival::Slow => replacing(view! { <p class="notice loading">"Loading the page\u{2026}"</p> }).into_any(),
        Arrival::Failed(address) => replacing(not_loaded(address)).into_any(),
    };
    view! {
        <div role="status" class="messages">
            {next_page}{flash}{session_ended}
            // Shown by style/components.css if the script that starts the module fails (start.js).
            <p class="notice warning if-not-hydrated">
                <Icon name="warning"/><span>"This page works, but could not be loaded completely. "<a href=current_location() rel="external">"Reload"</a></span>
            </p>
        </div>
    }
}

fn not_loaded(address: String) -> impl IntoView {
    view! {
        <p class="notice warning">
            <Icon name="warning"/><span>"The page could not be loaded. Check your connection, then "<a href=address rel="external">"load it again"</a>"."</span>
        </p>
    }
}
