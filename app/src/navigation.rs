//! Moving about: what the router leaves to the application.

use crate::form::FormValues;
use crate::page_context::page_state;
use leptos::ev;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use leptos_router::location::{BrowserUrl, LocationProvider};
use wasm_bindgen::JsCast;

/// Whether the browser has moved to another page since it loaded the first.
#[derive(Clone, Copy)]
struct Moved(RwSignal<bool>);

/// The address of this page: path and query.
pub(crate) fn current_location() -> Signal<String> {
    let location = use_location();
    Signal::derive(move || {
        let (path, query) = (location.pathname.get(), location.search.get());
        if query.is_empty() { path } else { format!("{path}?{query}") }
    })
}

/// The log-in page, which leads back here.
pub(crate) fn log_in_address() -> String {
    let location = window().location();
    let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    format!("/login?next={}", String::from(js_sys::encode_uri_component(&here)))
}

/// Goes to the log-in page and, from there, back here.
pub(crate) fn redirect_to_login() {
    let _ = window().location().assign(&log_in_address());
}

/// Sets up what pages share in the browser. Belongs inside the router.
pub(crate) fn provide_navigation() {
    let moved = RwSignal::new(false);
    provide_context(Moved(moved));
    let path = use_location().pathname;
    let message = page_state().message;
    Effect::watch(
        move || path.get(),
        move |path, _, _| {
            moved.set(true);
            if message.with_untracked(|message| message.as_ref().is_some_and(|message| message.at != *path)) {
                message.set(None);
            }
            if let Ok(Some(menu)) = document().query_selector("#navigation:popover-open")
                && let Ok(menu) = menu.dyn_into::<web_sys::HtmlElement>()
            {
                let _ = menu.hide_popover();
            }
        },
        false,
    );
    intercept_get_forms();
}

/// Forms that ask (`method="get"`) become a navigation instead of a page load.
fn intercept_get_forms() {
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

/// Tells the router that the page at a new path is there, so that it puts the path into the address.
pub(crate) fn complete_navigation(path: Memo<String>) {
    let location = use_context::<BrowserUrl>();
    Effect::new(move || {
        path.track();
        if let Some(location) = &location {
            location.ready_to_complete();
        }
    });
}

/// Where the page stands: the pages above it, and the page itself.
pub(crate) fn breadcrumbs(above: Vec<(String, String)>, page: String) -> impl IntoView {
    let links = above.into_iter().map(|(path, label)| view! { <a href=path>{label}</a> }).collect_view();
    view! { <nav class="breadcrumbs" aria-label="Breadcrumbs">{links}<span aria-current="page">{page}</span></nav> }
}

/// The title and the one h1 of a page. After a navigation the heading takes the focus, so that a screen
/// reader says where the person has come to: the router does neither.
#[component]
pub(crate) fn PageHeading(#[prop(into)] title: String) -> impl IntoView {
    let heading = NodeRef::<leptos::html::H1>::new();
    let moved = use_context::<Moved>();
    Effect::new(move || {
        if let Some(heading) = heading.get()
            && moved.is_some_and(|Moved(moved)| moved.get_untracked())
        {
            let _ = heading.focus();
        }
    });
    view! {
        <Title text=format!("{title} \u{b7} Portolan")/>
        <h1 tabindex="-1" node_ref=heading>{title}</h1>
    }
}
