//! Authentication of pages, server functions and events. All require a session, except `OPEN_TO_ALL` and the pages that
//! are open to all.

use super::assets;
use super::connections::Activity;
use super::error_response::error_response;
use super::headers::STATIC_PAGE_POLICY;
use super::limits::MAX_ANONYMOUS_BODY_BYTES;
use super::page_context::page_context;
use super::plain_form::is_plain_form;
use super::server_functions::log_in_and_replay;
use super::state::HttpState;
use crate::features::find_session;
use app::{AppError, Client, Page};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{Method, StatusCode, Uri, header};
use http_body_util::Limited;
use std::sync::Arc;

/// Paths that need no session, besides the public pages.
const OPEN_TO_ALL: [&str; 7] = [
    "/ui/login",
    "/ui/setup",
    "/ui/setup/check",
    "/ui/set-password",
    "/ui/set-password/check",
    "/ui/preferences/theme",
    "/favicon.ico",
];

/// Looks up the session of a request and adds the actor to it. Without one, redirects to the log-in page.
pub async fn identify(State(state): State<HttpState>, mut request: Request, next: Next) -> Response {
    let actor = match state.cookies.token(request.headers()) {
        Some(token) => {
            let (parts, body) = request.into_parts();
            let client = Client::of(&parts);
            request = Request::from_parts(parts, body);
            match find_session(&state.app, &token, client, counts_as_use(&request)).await {
                Ok(actor) => actor,
                Err(error) => return session_unavailable(state, request, &error.into()).await,
            }
        }
        None => None,
    };
    if actor.is_none() {
        request = request.map(|body| Body::new(Limited::new(body, MAX_ANONYMOUS_BODY_BYTES)));
    }
    let path = request.uri().path();
    if actor.is_none() && !OPEN_TO_ALL.contains(&path) && !Page::at(path).is_open_to_all() {
        let is_page = !path.starts_with("/ui/") && path != app::EVENTS_PATH;
        return match (request.method(), is_page) {
            (&Method::GET | &Method::HEAD, true) => to_log_in(request.uri()),
            // The download of an export. There is nothing to send again, so people are led back to where they pressed it.
            (_, true) if is_plain_form(&request) => to_log_in(&Uri::from_static("/image-registries")),
            _ if is_plain_form(&request) => log_in_and_replay(state, request).await,
            _ => error_response(&AppError::Unauthenticated),
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

/// Whether the request shows that somebody is using the console. The event stream and the data it triggers do not.
fn counts_as_use(request: &Request) -> bool {
    request.uri().path() != app::EVENTS_PATH && !request.headers().contains_key(app::BACKGROUND_HEADER)
}

/// Redirects to the log-in page, which returns to the requested page.
fn to_log_in(uri: &Uri) -> Response {
    let wanted = uri.path_and_query().map_or("/", |it| it.as_str());
    if wanted == "/" {
        return Redirect::to(&Page::LogIn.path()).into_response();
    }
    Redirect::to(&Page::LogIn.with_query("next", wanted)).into_response()
}

/// The database cannot be read, so the user is unknown and no page can be rendered.
async fn session_unavailable(state: HttpState, request: Request, error: &AppError) -> Response {
    let is_form = is_plain_form(&request);
    if request.uri().path().starts_with("/ui/") && !is_form {
        return error_response(error);
    }
    let (parts, _) = request.into_parts();
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let page_context = page_context(&state, &parts, None).await;
    let page = app::outage_page(assets::paths(), page_context, error, is_form);
    (status, [(header::CONTENT_SECURITY_POLICY, STATIC_PAGE_POLICY)], Html(page)).into_response()
}
