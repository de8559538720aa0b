//! The browser's location and navigation: what the router leaves to the application.

use super::page_url::{address_of, page_path, page_url};
use crate::page::Page;
use crate::server_functions::FormValues;
use leptos::ev;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;

/// Whether there was a client-side navigation since the first page was loaded.
#[derive(Clone, Copy)]
struct Navigated(RwSignal<bool>);

/// Calls `on_leave` with the new path whenever the page changes. Must be called after
/// [`provide_page_url`](super::provide_page_url).
pub(crate) fn provide_navigation(on_leave: impl Fn(&str) + 'static) {
    let navigated = RwSignal::new(false);
    provide_context(Navigated(navigated));
    let path = page_path();
    Effect::watch(
        move || path.get(),
        move |path, _, _| {
            navigated.set(true);
            on_leave(path);
        },
        false,
    );
}

/// Whether this page was reached by client-side navigation and not by a page load.
pub(crate) fn has_navigated() -> bool {
    use_context::<Navigated>().is_some_and(|Navigated(navigated)| navigated.get_untracked())
}

/// The address of this page: path and query.
pub(crate) fn current_location() -> Signal<String> {
    let url = page_url();
    Signal::derive(move || url.with(address_of))
}

/// The address of the log-in page, which returns here afterwards.
pub(crate) fn log_in_address() -> String {
    let location = window().location();
    let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    Page::LogIn.with_query("next", &here)
}

/// Goes to the log-in page, which returns here afterwards.
pub(crate) fn redirect_to_login() {
    let _ = window().location().assign(&log_in_address());
}

/// Turns the submission of a `method="get"` form into a client-side navigation instead of a page load.
pub(crate) fn intercept_get_forms() {
    let navigate = use_navigate();
    Effect::new(move || {
        let navigate = navigate.clone();
        let listener = window_event_listener(ev::submit, move |event| {
            let form = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlFormElement>().ok());
            let Some(form) = form.filter(|form| form.method() == "get" && !event.default_prevented()) else { return };
            event.prevent_default();
            let query = FormValues::of_form(&form, event.submitter().as_ref()).to_query();
            let path = form.get_attribute("action").unwrap_or_default();
            navigate(&format!("{path}?{query}"), NavigateOptions { scroll: false, ..Default::default() });
        });
        on_cleanup(move || listener.remove());
    });
}
