//! What changes while a page is looked at, told by the server.

use crate::domain::Status;
use crate::viewer::{live, viewer};
use futures_util::StreamExt;
use gloo_net::eventsource::futures::EventSource;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// Where the stream of news is.
pub const NEWS_PATH: &str = "/news";

/// One piece of news.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum News {
    /// The status of the registry of this id is now this.
    Status(String, Status),
    /// Some news did not get through: what is shown may be old.
    Missed,
}

/// Follows the news for as long as the page lives. The browser resumes the stream by itself after a break.
/// Whatever has happened since the page was made is asked for as well: it may have been before the page came alive.
pub(crate) fn follow_news() {
    let live = live();
    let address = format!("{NEWS_PATH}?since={}", viewer().as_of);
    Effect::new(move || {
        let address = address.clone();
        spawn_local(async move {
            let Ok(mut source) = EventSource::new(&address) else { return };
            let Ok(mut stream) = source.subscribe("message") else { return };
            while let Some(item) = stream.next().await {
                let text = item.ok().and_then(|(_, message)| message.data().as_string());
                match text.and_then(|text| serde_json::from_str(&text).ok()) {
                    Some(News::Status(id, status)) => live.statuses.update(|statuses| {
                        statuses.insert(id, status);
                    }),
                    Some(News::Missed) => live.revision.update(|revision| *revision += 1),
                    None => {}
                }
            }
        });
    });
}
