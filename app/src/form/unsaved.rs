//! Leaving with unsaved changes asks.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Asks before the page is left while `dirty`. Back and forward within the app cannot be held up by a page
/// in any browser; a link, a reload and a closed tab can.
#[component]
pub(crate) fn UnsavedChanges(dirty: RwSignal<bool>) -> impl IntoView {
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

/// Listens before the router does (in the capturing phase), and stops what the person takes back.
fn ask_before_links(dirty: RwSignal<bool>) {
    let listener = Closure::<dyn Fn(web_sys::MouseEvent)>::new(move |event: web_sys::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let link = target.and_then(|target| target.closest("a[href]").ok().flatten());
        let elsewhere = link.is_some_and(|link| link.get_attribute("href").is_some_and(|href| !href.starts_with('#')));
        if elsewhere && dirty.try_get_untracked() == Some(true) {
            let question = "Leave without saving? What you typed will be lost.";
            if window().confirm_with_message(question) == Ok(true) {
                dirty.set(false);
            } else {
                event.prevent_default();
                event.stop_propagation();
            }
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
