//! Server functions, called by scripts and by plain forms.
//!
//! Every call is carried out as for a script, which gets the answer as it is. For a plain form the answer is
//! then put into terms of a browser without script: where it was carried out, a redirect; where it was
//! refused, the page of the form again, with what was typed and what is wrong.

use super::connections::Activity;
use super::limits::MAX_BODY_BYTES;
use super::session::refused;
use super::viewer::carry_message;
use super::{Shared, pages};
use crate::backend::Portolan;
use crate::log_limit::LogLimit;
use app::image_registries::Report;
use app::{Done, Refusal, Returned, Values, local_path};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, Uri, header};
use std::sync::Arc;

/// The server function that logs in.
const LOG_IN: &str = "/ui/login";

/// Those that answer with a session's cookie to a stranger.
const BEGIN_A_SESSION: [&str; 2] = [LOG_IN, "/ui/setup"];

const OVER_PLAIN_HTTP: &str = "This page came over plain http, and over http your browser drops the cookie that keeps you \
    logged in. Open the console by its https address. In a lab without TLS, its operator can start it with --plain-http.";

const FORM: &str = "application/x-www-form-urlencoded";

/// Carries out the call.
pub async fn call(State(portolan): State<Shared>, request: Request) -> Response {
    if request.method() == Method::POST && !has_form_body(&request) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send a form: application/x-www-form-urlencoded.\n")
            .into_response();
    }
    if leptos::server_fn::axum::get_server_fn_service(request.uri().path(), request.method().clone()).is_none() {
        return (StatusCode::NOT_FOUND, "There is no such function.\n").into_response();
    }
    let plain = is_plain_form(&request);
    if BEGIN_A_SESSION.contains(&request.uri().path()) && portolan.cookies().would_be_dropped_by(request.headers()) {
        static LOG: LogLimit = LogLimit::new();
        if let Some(left_out) = LOG.allow() {
            tracing::warn!(
                left_out,
                "a log-in over plain http was refused: the browser would drop the session's cookie"
            );
        }
        let refusal = Refusal::Forbidden(OVER_PLAIN_HTTP.to_owned());
        return match plain {
            true => show_form_again(portolan, request, refusal).await,
            false => refused(&refusal),
        };
    }
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, Refusal::TooLarge.to_string()).into_response();
    };
    let _answering = parts.extensions.get::<Arc<Activity>>().map(Activity::answering);
    let form = plain.then(|| (parts.clone(), body.clone()));
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let context = {
        let portolan = portolan.clone();
        move || pages::provide_backend(portolan.clone())
    };
    let answer = leptos_axum::handle_server_fns_with_context(context, Request::from_parts(parts, Body::from(body)));
    let answer = answer.await.into_response();
    match form {
        Some((parts, body)) => for_a_plain_form(portolan, parts, &body, answer).await,
        None => with_message_for_a_new_page(&portolan, answer).await,
    }
}

/// Whether a browser posted this without script: it wants a page back.
pub fn is_plain_form(request: &Request) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|header| header.to_str().ok()).unwrap_or_default();
    request.method() == Method::POST && accepts.contains("text/html")
}

fn has_form_body(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|header| header.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM))
}

async fn for_a_plain_form(portolan: Shared, parts: Parts, body: &Bytes, answer: Response) -> Response {
    let (head, answer) = answer.into_parts();
    let Ok(answer) = to_bytes(answer, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if head.status.is_success() {
        let done: Done = serde_json::from_slice(&answer).unwrap_or_default();
        if let Some(report) = done.report {
            return show_again(portolan, parts, body, Ok(report)).await;
        }
        let mut response = see_other(&local_path_or_log_in(&done.to));
        for cookie in head.headers.get_all(header::SET_COOKIE) {
            response.headers_mut().append(header::SET_COOKIE, cookie.clone());
        }
        return with_message(&portolan, response, &done);
    }
    let refusal: Refusal = serde_json::from_slice(&answer).unwrap_or(Refusal::Unavailable);
    let mut response = show_again(portolan, parts, body, Err(refusal)).await;
    if let Some(seconds) = head.headers.get(header::RETRY_AFTER) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.clone());
    }
    response
}

/// A plain form that was refused before it ran: shows its page again, with what was typed.
async fn show_form_again(portolan: Shared, request: Request, refusal: Refusal) -> Response {
    let (parts, body) = request.into_parts();
    match to_bytes(body, MAX_BODY_BYTES).await {
        Ok(body) => show_again(portolan, parts, &body, Err(refusal)).await,
        Err(_) => (StatusCode::PAYLOAD_TOO_LARGE, Refusal::TooLarge.to_string()).into_response(),
    }
}

/// A plain form of someone whose session has ended: the log-in page, at the address of the form, so that the
/// browser can send the form again once the person has logged in elsewhere. Nothing that was typed is lost.
pub async fn log_in_first(portolan: Shared, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    // Of a form that is too large for a stranger, the page is not known. The browser still holds it.
    let body = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    let next = local_path(values(&body).get("page"));
    let page = format!("/login?{}", serde_urlencoded::to_string([("next", next)]).unwrap_or_default());
    parts.uri = Uri::from_static(LOG_IN);
    let body = serde_urlencoded::to_string([("page", page)]).unwrap_or_default();
    show_again(portolan, parts, &Bytes::from(body), Err(Refusal::SignedOut)).await
}

/// The page of the form, with what was typed and what came of it.
async fn show_again(portolan: Shared, mut parts: Parts, body: &Bytes, answer: Result<Report, Refusal>) -> Response {
    let values = values(body);
    let page = values.get("page").to_owned();
    let status = answer.as_ref().err().map(Refusal::status).and_then(|status| StatusCode::from_u16(status).ok());
    let returned = Returned { action: parts.uri.path().to_owned(), values: values.without_secrets(), answer };
    parts.uri = page_of_form(&page).parse().unwrap_or(Uri::from_static("/image-registries"));
    parts.method = Method::GET;
    let mut response = pages::render(portolan, Request::from_parts(parts, Body::empty()), Some(returned)).await;
    if response.status().is_success() {
        *response.status_mut() = status.unwrap_or(StatusCode::OK);
    }
    response
}

fn values(body: &Bytes) -> Values {
    Values::new(serde_urlencoded::from_bytes(body).unwrap_or_default())
}

/// The page that a form says it is on; the log-in and set-up pages are pages of forms, too.
fn page_of_form(page: &str) -> String {
    let door = ["/login", "/setup"].iter().any(|door| page == *door || page.starts_with(&format!("{door}?")));
    let clean = page.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if door && clean { page.to_owned() } else { local_path(page) }
}

fn local_path_or_log_in(path: &str) -> String {
    if path == "/login" { path.to_owned() } else { local_path(path) }
}

fn see_other(path: &str) -> Response {
    axum::response::Redirect::to(path).into_response()
}

/// Where a script is about to load a new page, the message has to travel in a cookie as well.
async fn with_message_for_a_new_page(portolan: &Portolan, answer: Response) -> Response {
    let (head, body) = answer.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let done = if head.status.is_success() { serde_json::from_slice::<Done>(&body).ok() } else { None };
    let response = Response::from_parts(head, Body::from(body));
    match done {
        Some(done) if done.reload => with_message(portolan, response, &done),
        _ => response,
    }
}

fn with_message(portolan: &Portolan, mut response: Response, done: &Done) -> Response {
    if let Some(cookie) = done.message.as_deref().and_then(|text| carry_message(portolan.cookies(), text)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
