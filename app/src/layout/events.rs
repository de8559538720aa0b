//! Changes on the server while a page is open.

use crate::page_context::{PageStream, page_context, page_state};
use domain::Status;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// Where the stream of events is (server-sent events).
pub const EVENTS_PATH: &str = "/events";

/// An event that a page receives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The registries of these ids now have these statuses.
    Statuses(BTreeMap<String, Status>),
    /// Some events did not get through: what is shown may be old.
    Resync,
    /// The session has ended. The worker says so, once the server refuses it the stream.
    SignedOut,
}

/// Follows the events for as long as the page lives. One worker holds the stream for all tabs of a browser, which has
/// only six connections to a server that speaks HTTP/1.1 (`public/events.js`). A page tells it which events its data
/// already contain, and is told of anything since.
pub(crate) fn follow_events() {
    let page_context = page_context();
    Effect::new(move || {
        if let Some(port) = connect(&page_context.events_worker) {
            listen(&port);
            reconnect_after_suspension(port.clone());
            post(&port, &JsValue::from_f64(page_context.as_of as f64));
        }
    });
}

/// The worker that all tabs share or, in a browser without such workers, one of this page's own.
fn connect(script: &str) -> Option<web_sys::MessagePort> {
    match web_sys::SharedWorker::new(script) {
        Ok(shared) => {
            shared.port().start();
            Some(shared.port())
        }
        // It posts and listens as a port does.
        Err(_) => web_sys::Worker::new(script).ok().map(JsCast::unchecked_into),
    }
}

fn listen(port: &web_sys::MessagePort) {
    let page_state = page_state();
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

/// A page that was frozen or in the back/forward cache has missed events.
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

/// Listens for as long as the page lives.
fn on(target: &web_sys::EventTarget, event: &str, hear: impl Fn(web_sys::Event) + 'static) {
    let hear = Closure::<dyn Fn(web_sys::Event)>::new(hear);
    let _ = target.add_event_listener_with_callback(event, hear.as_ref().unchecked_ref());
    hear.forget();
}
