//! The stream of news (server-sent events).

use super::Shared;
use crate::news::Told;
use app::News;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, StreamExt};
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// A stream ends after that long; the browser asks for the next one, and is asked who it is.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// How long the browser waits before it asks again.
const RETRY: Duration = Duration::from_secs(3);

/// What a page says of itself.
#[derive(Deserialize)]
pub struct Since {
    /// When it was made: milliseconds since 1970.
    since: Option<i64>,
}

/// Everything that changes from now on. Whoever comes back after a break, or is older than an outcome, is told that
/// some news may have been missed.
pub async fn news(
    State(portolan): State<Shared>,
    Query(Since { since }): Query<Since>,
    headers: HeaderMap,
) -> impl IntoResponse {
    // It listens before it looks, so that nothing falls between the two.
    let listener = portolan.news.listen();
    let first = Event::default().retry(RETRY).comment("news");
    let behind = since.is_some_and(|since| portolan.news.is_past(since));
    let after_a_break = (behind || headers.contains_key("last-event-id")).then(missed);
    let following = stream::unfold(listener, |mut listener| async move {
        match listener.recv().await {
            Ok(Told::Item(text)) => Some((Event::default().id("1").data(&*text), listener)),
            Err(RecvError::Lagged(_)) => Some((missed(), listener)),
            Ok(Told::End) | Err(RecvError::Closed) => None,
        }
    });
    let end = tokio::time::sleep(LIFETIME);
    let events = stream::iter([Some(first), after_a_break].into_iter().flatten()).chain(following).take_until(end);
    Sse::new(events.map(Ok::<_, Infallible>)).keep_alive(KeepAlive::default())
}

fn missed() -> Event {
    let text = serde_json::to_string(&News::Missed).unwrap_or_default();
    Event::default().id("1").data(text)
}
