//! What a page needs to know of the request that asks for it.

use super::assets;
use super::cookies::value;
use super::state::HttpState;
use app::{Actor, Column, FormReplay, PageContext, Theme};
use http::request::Parts;

/// Reads who is looking from a request. `returned` is the plain form that is shown again, if any.
pub fn page_context(
    HttpState { app, cookies }: &HttpState,
    request: &Parts,
    returned: Option<FormReplay>,
) -> PageContext {
    PageContext {
        user_name: request.extensions.get::<Actor>().map(|actor| actor.user_name.clone()),
        theme: Theme::parse(&value(&request.headers, "theme").unwrap_or_default()),
        hidden_columns: value(&request.headers, "hidden_columns")
            .map_or_else(|| Column::HIDDEN_AT_FIRST.to_vec(), |chosen| Column::parse_hidden(&chosen)),
        message: cookies.read_flash(&request.headers).filter(|_| returned.is_none()),
        returned,
        icons: assets::paths().icons.clone(),
        awaits_setup: app.setup_link.token().is_some(),
        events_worker: assets::paths().events_worker.clone(),
        as_of: app.events.last(),
        now: app.clock.now(),
    }
}
