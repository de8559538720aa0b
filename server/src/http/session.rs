//! Who is asking, and whether that takes a session. Everything does, except what is listed here.

use super::connections::Activity;
use super::error_response::refused;
use super::limits::MAX_STRANGERS_BODY_BYTES;
use super::plain_form::is_plain_form;
use super::server_functions::log_in_first;
use super::state::HttpState;
use crate::features::find_session;
use app::{AppError, ClientAddress, Page};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::{Method, StatusCode, Uri};
use http_body_util::Limited;
use std::sync::Arc;

/// What may be asked for without a session, besides the pages that are open to all.
const OPEN_TO_ALL: [&str; 5] = ["/ui/login", "/ui/setup", "/ui/setup/check", "/ui/preferences/theme", "/favicon.ico"];

/// Finds the session of a request and passes it on; without one, redirects to the log-in page.
pub async fn identify(State(state): State<HttpState>, mut request: Request, next: Next) -> Response {
    let ClientAddress(address) = request.extensions().get().copied().unwrap_or_default();
    let actor = match state.cookies.token(request.headers()) {
        Some(token) => match find_session(&state.app, &token, address, counts_as_use(&request)).await {
            Ok(actor) => actor,
            Err(error) => return no_session_can_be_read(&request, &error.into()),
        },
        None => None,
    };
    if actor.is_none() {
        request = request.map(|body| Body::new(Limited::new(body, MAX_STRANGERS_BODY_BYTES)));
    }
    let path = request.uri().path();
    if actor.is_none() && !OPEN_TO_ALL.contains(&path) && !Page::at(path).is_open_to_all() {
        let is_page = !path.starts_with("/ui/") && path != app::EVENTS_PATH;
        return match (request.method(), is_page) {
            (&Method::GET | &Method::HEAD, true) => to_log_in(request.uri()),
            _ if is_plain_form(&request) => log_in_first(state, request).await,
            _ => refused(&AppError::Unauthenticated),
        };
    }
    if let Some(activity) = request.extensions().get::<Arc<Activity>>().filter(|_| actor.is_some()) {
        activity.sign_in();
    }
    if let Some(actor) = actor {
        request.extensions_mut().insert(actor);
    }
    next.run(request).await
}

/// Whether the request shows that somebody is there. What an open page loads by itself, to follow events, does not.
fn counts_as_use(request: &Request) -> bool {
    request.uri().path() != app::EVENTS_PATH && !request.headers().contains_key(app::BACKGROUND_HEADER)
}

/// The log-in page, which comes back to the page that was asked for.
fn to_log_in(uri: &Uri) -> Response {
    let wanted = uri.path_and_query().map_or("/", |it| it.as_str());
    if wanted == "/" {
        return Redirect::to(&Page::LogIn.path()).into_response();
    }
    Redirect::to(&Page::LogIn.with_query("next", wanted)).into_response()
}

/// The database cannot be asked who this is. No page can be rendered then, so a person gets the sentence alone.
fn no_session_can_be_read(request: &Request, error: &AppError) -> Response {
    let is_for_a_script = request.uri().path().starts_with("/ui/") && !is_plain_form(request);
    if is_for_a_script {
        return refused(error);
    }
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, format!("{error}\n")).into_response()
}
