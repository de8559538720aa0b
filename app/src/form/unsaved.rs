//! Leaving with unsaved changes asks.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// Asks before the page is left while `dirty`: by a link, by back and forward, by a reload, or by closing the tab.
#[component]
pub(crate) fn UnsavedChanges(dirty: RwSignal<bool>) -> impl IntoView {
    Effect::new(move || {
        let leaving = window_event_listener(ev::beforeunload, move |event| {
            if dirty.try_get_untracked() == Some(true) {
                event.prevent_default();
            }
        });
        on_cleanup(move || leaving.remove());
        before_the_router("click", move |event| {
            if leads_elsewhere(event) && !may_leave(dirty) {
                event.prevent_default();
                event.stop_propagation();
            }
        });
        let here = window().location().href().unwrap_or_default();
        before_the_router("popstate", move |event| {
            if !may_leave(dirty) {
                // The browser has gone already. The address of this page takes the place of what lay ahead.
                let history = window().history();
                let _ = history.and_then(|history| history.push_state_with_url(&JsValue::NULL, "", Some(&here)));
                event.stop_immediate_propagation();
            }
        });
    });
}

/// Whether nothing is lost, or the person says that it may be.
fn may_leave(dirty: RwSignal<bool>) -> bool {
    if dirty.try_get_untracked() != Some(true) {
        return true;
    }
    let question = "Leave without saving? What you typed will be lost.";
    let leaves = window().confirm_with_message(question) == Ok(true);
    dirty.set(!leaves);
    leaves
}

/// Whether a click goes to a link that leaves the page.
fn leads_elsewhere(event: &web_sys::Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let link = target.and_then(|target| target.closest("a[href]").ok().flatten());
    link.is_some_and(|link| {
        let href = link.get_attribute("href").unwrap_or_default();
        !href.starts_with('#') && !link.has_attribute("target")
    })
}

/// Listens in the capturing phase, which comes before that of the router.
fn before_the_router(name: &'static str, listener: impl Fn(&web_sys::Event) + 'static) {
    let listener = Closure::<dyn Fn(web_sys::Event)>::new(move |event| listener(&event));
    let function = listener.as_ref().unchecked_ref::<js_sys::Function>().clone();
    let _ = window().add_event_listener_with_callback_and_bool(name, &function, true);
    let listener = send_wrapper::SendWrapper::new((listener, function));
    on_cleanup(move || {
        let (_, function) = &*listener;
        let _ = window().remove_event_listener_with_callback_and_bool(name, function, true);
    });
}
