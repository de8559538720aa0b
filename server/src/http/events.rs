//! The stream of events (server-sent events, WHATWG HTML 9.2).

use super::error_response::error_response;
use crate::app_state::AppState;
use crate::events::{Message, OpenStreams, StreamSlot};
use crate::features::session_exists;
use app::{Actor, AppError, Event};
use axum::extract::{Extension, Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::{Action, Resource};
use futures_util::stream::{self, StreamExt};
use http::{HeaderName, header};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

/// The lifetime of a stream. The browser then opens another, and is authenticated again.
const LIFETIME: Duration = Duration::from_mins(5);

/// How long the browser waits before it reconnects. Seconds.
const RETRY_SECONDS: u32 = 3;

/// How long events are collected into one message: a round of checks can produce hundreds per second.
const COLLECTED_FOR: Duration = Duration::from_millis(50);

#[derive(Deserialize)]
pub struct Since {
    /// The last event that the page already includes.
    since: Option<String>,
}

/// Streams all events from now on. A page that has missed an event since the one it names gets a resync.
pub async fn events(
    State(state): State<Arc<AppState>>,
    Extension(actor): Extension<Actor>,
    Query(Since { since }): Query<Since>,
    headers: HeaderMap,
) -> Response {
    let Some(slot) = OpenStreams::take(state.events.open(), &actor.session_id) else {
        let refused = error_response(&AppError::RateLimited(RETRY_SECONDS));
        return ([(header::RETRY_AFTER, RETRY_SECONDS.to_string())], refused).into_response();
    };
    // Subscribe before reading the number, so that no event is lost in between.
    let messages = state.events.subscribe();
    let last = state.events.last();
    // Ended between the authentication and the subscription, it would not be noticed.
    match session_exists(&state, &actor.session_id).await {
        Ok(true) => {}
        Ok(false) => return error_response(&AppError::Unauthenticated),
        Err(error) => return error_response(&error.into()),
    }
    let last_heard = headers.get("last-event-id").and_then(|id| id.to_str().ok()).or(since.as_deref());
    let first = SseEvent::default().id(last.to_string()).retry(Duration::from_secs(RETRY_SECONDS.into()));
    let first = if last_heard.is_some_and(|heard| heard.parse() != Ok(last)) {
        first.data(text(&Event::Resync))
    } else {
        first
    };
    let events = EventStream { messages, actor, last, _slot: slot };
    let following = stream::unfold(events, |mut events| async move {
        let event = events.next().await?;
        Some((SseEvent::default().id(events.last.to_string()).data(text(&event)), events))
    });
    let end = tokio::time::sleep(LIFETIME);
    let events = stream::iter([first]).chain(following).take_until(end);
    // Without this header, nginx buffers events until they fill a buffer.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    (unbuffered, Sse::new(events.map(Ok::<_, Infallible>)).keep_alive(KeepAlive::default())).into_response()
}

fn text(event: &Event) -> String {
    serde_json::to_string(event).unwrap_or_default()
}

struct EventStream {
    messages: Receiver<(i64, Message)>,
    actor: Actor,
    last: i64,
    _slot: StreamSlot,
}

impl EventStream {
    /// Whether a registry in the workspace with this id exists for the client.
    fn sees(&self, workspace_id: &str) -> bool {
        self.actor.rights.allow(Action::ViewRegistry, Resource::Workspace(workspace_id))
    }

    /// The next event; `None` once the session has ended or the server stops.
    async fn next(&mut self) -> Option<Event> {
        let mut statuses = BTreeMap::new();
        loop {
            let message = if statuses.is_empty() {
                self.messages.recv().await
            } else {
                self.messages.try_recv().map_err(|error| match error {
                    TryRecvError::Lagged(missed) => RecvError::Lagged(missed),
                    TryRecvError::Empty | TryRecvError::Closed => RecvError::Closed,
                })
            };
            let message = message.map(|(number, message)| {
                self.last = self.last.max(number);
                message
            });
            match message {
                Ok(Message::Status(_, workspace_id, _)) if !self.sees(&workspace_id) => {}
                Ok(Message::Status(id, _, status)) => {
                    if statuses.is_empty() {
                        tokio::time::sleep(COLLECTED_FOR).await;
                    }
                    statuses.insert(id, status);
                }
                Ok(Message::AccountAccepted(_)) => {}
                Ok(Message::SessionEnded(id)) if id != self.actor.session_id => {}
                Ok(Message::SessionsEnded(id) | Message::RightsChanged(id)) if id != self.actor.user_id => {}
                Ok(
                    Message::SessionEnded(_)
                    | Message::SessionsEnded(_)
                    | Message::RightsChanged(_)
                    | Message::StreamsEnded,
                ) => return None,
                Ok(Message::Resync) | Err(RecvError::Lagged(_)) => return Some(Event::Resync),
                Err(RecvError::Closed) if statuses.is_empty() => return None,
                Err(RecvError::Closed) => return Some(Event::Statuses(statuses)),
            }
        }
    }
}
