//! Asks before leaving with unsaved changes.

use crate::leptos_ext::current_location;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// The form that asks before back and forward, if any: whether it has unsaved changes, and its address.
#[derive(Clone, Copy)]
pub(crate) struct HistoryGuard(StoredValue<Option<(RwSignal<bool>, Signal<String>)>>);

/// Listens for back and forward. Must come before the router: a window calls its listeners in the order they were
/// added.
pub(crate) fn provide_history_guard() {
    let asking = StoredValue::new(None);
    provide_context(HistoryGuard(asking));
    if cfg!(feature = "ssr") {
        return;
    }
    let listener = window_event_listener(ev::popstate, move |event| {
        let Some((dirty, current_location)) = asking.get_value() else { return };
        let here = current_location.get_untracked();
        let location = window().location();
        let gone_to = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
        if gone_to != here && !confirm_leave(dirty) {
            // The browser has already navigated. Push the form's address back, which drops the history ahead of it.
            let history = window().history();
            let _ = history.and_then(|history| history.push_state_with_url(&JsValue::NULL, "", Some(&here)));
            event.stop_immediate_propagation();
        }
    });
    on_cleanup(move || listener.remove());
}

/// While `dirty`, asks before the page is left by a link, back or forward, a reload, or closing the tab.
#[component]
pub(crate) fn UnsavedChanges(dirty: RwSignal<bool>) -> impl IntoView {
    let HistoryGuard(asking) = expect_context();
    asking.set_value(Some((dirty, current_location())));
    on_cleanup(move || {
        let _ = asking.try_set_value(None);
    });
    Effect::new(move || {
        let leaving = window_event_listener(ev::beforeunload, move |event| {
            if dirty.try_get_untracked() == Some(true) {
                event.prevent_default();
            }
        });
        on_cleanup(move || leaving.remove());
        ask_before_links(dirty);
    });
}

/// Returns whether nothing would be lost, or the person agrees to lose it.
fn confirm_leave(dirty: RwSignal<bool>) -> bool {
    if dirty.try_get_untracked() != Some(true) {
        return true;
    }
    let question = "Leave without saving? What you typed will be lost.";
    let leaves = window().confirm_with_message(question) == Ok(true);
    dirty.set(!leaves);
    leaves
}

/// Whether a click follows a link that leaves the page.
fn is_navigation(event: &web_sys::Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let link = target.and_then(|target| target.closest("a[href]").ok().flatten());
    link.is_some_and(|link| {
        let href = link.get_attribute("href").unwrap_or_default();
        !href.starts_with('#') && !link.has_attribute("target")
    })
}

/// Listens in the capturing phase, before the router, and stops the click if the person decides to stay.
fn ask_before_links(dirty: RwSignal<bool>) {
    let listener = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
        if is_navigation(&event) && !confirm_leave(dirty) {
            event.prevent_default();
            event.stop_propagation();
        }
    });
    let function = listener.as_ref().unchecked_ref::<js_sys::Function>().clone();
    let _ = document().add_event_listener_with_callback_and_bool("click", &function, true);
    let listener = send_wrapper::SendWrapper::new((listener, function));
    on_cleanup(move || {
        let (_, function) = &*listener;
        let _ = document().remove_event_listener_with_callback_and_bool("click", function, true);
    });
}
