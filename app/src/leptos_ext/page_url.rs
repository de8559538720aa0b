//! The URL of the page that is shown.
//!
//! The router's URL changes as soon as somebody navigates. The page follows once its code has been downloaded
//! (docs/leptos.md), so whatever belongs to the page reads its URL from here.

use crate::page::Page;
use leptos::LazyViewError;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_url;
use leptos_router::location::{BrowserUrl, LocationProvider, Url};
use leptos_router::params::ParamsMap;
use std::future::Future;
use std::time::Duration;
use wasm_bindgen_futures::JsFuture;

/// How long a download may take before the page says that it is waiting.
const SLOW: Duration = Duration::from_millis(300);

/// The URL of the page that is shown.
#[derive(Clone, Copy)]
struct PageUrl(RwSignal<Url>);

/// Whether the next page is being waited for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// The page at the router's URL is shown.
    #[default]
    Done,
    /// Its code is being downloaded, and that takes a while.
    Slow,
    /// Its code could not be downloaded. Contains its address.
    Failed(String),
}

/// Shows the page at the router's URL, after `load` has downloaded its code. Must be called inside the router.
pub(crate) fn provide_page_url<Load>(load: fn(Page) -> Load)
where
    Load: Future<Output = Result<(), LazyViewError>> + 'static,
{
    let router_url = use_url();
    let shown = RwSignal::new(router_url.get_untracked());
    let arrival = RwSignal::new(Arrival::Done);
    provide_context(PageUrl(shown));
    provide_context(arrival);
    complete_navigation(shown);
    Effect::new(move || {
        let next = router_url.get();
        if next.path() == shown.read_untracked().path() {
            arrival.set(Arrival::Done);
            shown.set(next);
            return;
        }
        let is_awaited = move |next: &Url| router_url.with_untracked(|url| url == next);
        let awaited = next.clone();
        let say_that_it_is_slow = move || {
            let is_shown = shown.read_untracked().path() == awaited.path();
            if is_awaited(&awaited) && !is_shown && arrival.get_untracked() == Arrival::Done {
                arrival.set(Arrival::Slow);
            }
        };
        let _ = set_timeout(say_that_it_is_slow, SLOW);
        spawn_local(async move {
            let loaded = load(Page::at(next.path())).await;
            if !is_awaited(&next) {
                return;
            }
            if loaded.is_ok() {
                arrival.set(Arrival::Done);
                shown.set(next);
            } else {
                recover(address_of(&next), arrival).await;
            }
        });
    });
}

/// Gets the page from the server as a whole, because a newer version may no longer have this code. If the server cannot
/// be reached, the page that is shown stays.
async fn recover(address: String, arrival: RwSignal<Arrival>) {
    let head = web_sys::RequestInit::new();
    head.set_method("HEAD");
    let answer = JsFuture::from(window().fetch_with_str_and_init(&address, &head)).await;
    if answer.is_ok() {
        let _ = window().location().assign(&address);
    } else {
        arrival.set(Arrival::Failed(address));
    }
}

/// Tells the router that the page at its URL is shown, so that it updates the address bar. The router's `Routes`
/// component would do this, but it is not used (docs/leptos.md).
fn complete_navigation(shown: RwSignal<Url>) {
    let location = use_context::<BrowserUrl>();
    Effect::new(move || {
        shown.track();
        if let Some(location) = &location {
            location.ready_to_complete();
        }
    });
}

/// Whether the next page is being waited for.
pub(crate) fn arrival() -> RwSignal<Arrival> {
    expect_context()
}

/// The URL of the page that is shown.
pub(super) fn page_url() -> RwSignal<Url> {
    expect_context::<PageUrl>().0
}

/// The path of the page that is shown.
pub(crate) fn page_path() -> Memo<String> {
    let url = page_url();
    Memo::new(move |_| url.read().path().to_owned())
}

/// The query parameters of the page that is shown.
pub(crate) fn page_query() -> Memo<ParamsMap> {
    let url = page_url();
    Memo::new(move |_| url.read().search_params().clone())
}

/// Path and query. Two slashes at the start of the path become one: in a link, they would be followed by a host.
pub(super) fn address_of(url: &Url) -> String {
    let path = url.path().trim_start_matches('/');
    match url.search() {
        "" => format!("/{path}"),
        query => format!("/{path}?{query}"),
    }
}
