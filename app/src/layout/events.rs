//! Live updates of an open page.

use crate::page_context::{PageState, PageStream, page_context, page_state};
use domain::Status;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// The path of the event stream (server-sent events).
pub const EVENTS_PATH: &str = "/events";

/// An event that a page receives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// New statuses of registries, by id.
    Statuses(BTreeMap<String, Status>),
    /// Events were lost, so the page may be outdated.
    Resync,
    /// The session has ended. The worker sends this when the server refuses it the stream.
    SignedOut,
}

/// Follows the events while the page is open. One worker holds the stream for all tabs of a browser, which opens only
/// six connections to an HTTP/1.1 server (`public/events.js`). The page sends it the number of the last event that its
/// data include, and receives all later ones.
pub(crate) fn follow_events() {
    let page_context = page_context();
    let page_state = page_state();
    let follow = move || {
        if let Some(port) = connect(&page_context.events_worker) {
            listen(&port, page_state);
            reconnect_after_suspension(port.clone());
            post(&port, &JsValue::from_f64(page_context.as_of as f64));
        }
    };
    // As a task of its own, so that the page comes alive first. The number says which events it has missed meanwhile.
    Effect::new(move || {
        let _ = set_timeout(follow.clone(), Duration::ZERO);
    });
}

/// The worker that all tabs share or, in a browser without shared workers, one for this page.
fn connect(script: &str) -> Option<web_sys::MessagePort> {
    match web_sys::SharedWorker::new(script) {
        Ok(shared) => {
            shared.port().start();
            Some(shared.port())
        }
        // A worker has the methods of a port.
        Err(_) => web_sys::Worker::new(script).ok().map(JsCast::unchecked_into),
    }
}

fn listen(port: &web_sys::MessagePort, page_state: PageState) {
    on(port, "message", move |message| {
        let text = message.unchecked_into::<web_sys::MessageEvent>().data().as_string().unwrap_or_default();
        let Ok(event) = serde_json::from_str(&text) else { return };
        page_state.stream.set(if event == Event::SignedOut { PageStream::SignedOut } else { PageStream::Open });
        match event {
            Event::Statuses(newer) => page_state.statuses.update(|statuses| statuses.extend(newer)),
            Event::Resync => {
                page_state.statuses.update(BTreeMap::clear);
                page_state.revision.update(|revision| *revision += 1);
            }
            Event::SignedOut => {}
        }
    });
}

/// Reconnects a page that was frozen or in the back/forward cache, because it has missed events.
fn reconnect_after_suspension(port: web_sys::MessagePort) {
    let hello = port.clone();
    on(&document(), "resume", move |_| post(&hello, &JsValue::from_f64(0.0)));
    let hello = port.clone();
    on(&window(), "pageshow", move |event| {
        if event.unchecked_into::<web_sys::PageTransitionEvent>().persisted() {
            post(&hello, &JsValue::from_f64(0.0));
        }
    });
    on(&window(), "pagehide", move |_| post(&port, &"bye".into()));
}

fn post(port: &web_sys::MessagePort, message: &JsValue) {
    let _ = port.post_message(message);
}

/// Listens while the page is open.
fn on(target: &web_sys::EventTarget, event: &str, listener: impl Fn(web_sys::Event) + 'static) {
    let listener = Closure::<dyn Fn(web_sys::Event)>::new(listener);
    let _ = target.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
    listener.forget();
}
