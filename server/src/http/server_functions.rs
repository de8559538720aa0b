//! Server functions, called by scripts and by plain forms.
//!
//! A script gets the response of the server function as it is. For a plain form, posted by a browser without script,
//! the response is translated: on success into a redirect (post/redirect/get) with a flash message in a cookie for the
//! next page, otherwise into the form's page with the entered values and the errors.

use super::connections::Activity;
use super::error_response::error_response;
use super::limits::MAX_BODY_BYTES;
use super::pages;
use super::plain_form::{has_form_body, is_plain_form};
use super::state::HttpState;
use crate::log_limit::LogLimit;
use app::{
    AppError, Effects, FormReplay, FormResponse, FormValues, Page, Payload, ResponseEffects, local_path,
    provide_backend,
};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use leptos::context::provide_context;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

/// Fields that are never sent back with a page.
static SECRET_FIELDS: LazyLock<BTreeSet<String>> = LazyLock::new(app::secret_fields);

const LOG_IN: &str = "/ui/login";

/// Server functions that may start a session.
const BEGIN_A_SESSION: [&str; 3] = [LOG_IN, "/ui/setup", "/ui/set-password"];

const OVER_PLAIN_HTTP: &str = "This page came over plain http, and over http your browser drops the cookie that keeps you \
    logged in. Open the console by its https address. In a lab without TLS, its operator can start it with --plain-http.";

/// Runs a server function.
pub async fn call(State(state): State<HttpState>, request: Request) -> Response {
    if request.method() == Method::POST && !has_form_body(&request) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send a form: application/x-www-form-urlencoded.\n")
            .into_response();
    }
    if leptos::server_fn::axum::get_server_fn_service(request.uri().path(), request.method().clone()).is_none() {
        return (StatusCode::NOT_FOUND, "There is no such function.\n").into_response();
    }
    let plain = is_plain_form(&request);
    if BEGIN_A_SESSION.contains(&request.uri().path()) && state.cookies.would_be_dropped_by(request.headers()) {
        static LOG: LogLimit = LogLimit::new();
        if let Some(left_out) = LOG.allow() {
            tracing::warn!(left_out, "refused a log-in over plain http: the browser would drop the session cookie");
        }
        let error = AppError::Forbidden(OVER_PLAIN_HTTP.to_owned());
        return match plain {
            true => show_form_again(state, request, error).await,
            false => error_response(&error),
        };
    }
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, AppError::PayloadTooLarge.to_string()).into_response();
    };
    let _answering = parts.extensions.get::<Arc<Activity>>().map(Activity::answering);
    let form = plain.then(|| (parts.clone(), body.clone()));
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let effects = ResponseEffects::default();
    let context = {
        let (state, effects) = (state.clone(), effects.clone());
        move || {
            provide_backend(state.app.clone());
            provide_context(effects.clone());
        }
    };
    let answer = leptos_axum::handle_server_fns_with_context(context, Request::from_parts(parts, Body::from(body)));
    let answer = answer.await.into_response();
    let Effects { session, preference, form: answered } = effects.take();
    let mut cookies = HeaderMap::new();
    let mut set = |cookie| _ = cookies.append(header::SET_COOKIE, cookie);
    if let Some(change) = &session {
        set(state.cookies.session(change));
    }
    if let Some(preference) = &preference {
        set(state.cookies.preference(preference));
    }
    // A script that does not reload the page shows the message itself.
    let loads_a_page = answered.as_ref().is_some_and(|form| form.result.is_none() && (plain || form.full_reload));
    let flash = answered.as_ref().and_then(|answered| answered.flash.as_deref()).filter(|_| loads_a_page);
    if let Some(flash) = flash {
        set(state.cookies.flash(flash));
    }
    let mut response = match form {
        Some((parts, body)) => plain_form_response(state, parts, &body, answer, answered).await,
        None => answer,
    };
    response.headers_mut().extend(cookies);
    response
}

/// A response that a browser without script can follow: a redirect (post/redirect/get), or the form's page again.
async fn plain_form_response(
    state: HttpState,
    parts: Parts,
    body: &Bytes,
    answer: Response,
    answered: Option<FormResponse>,
) -> Response {
    match answered {
        Some(FormResponse { result: Some(result), .. }) => return show_again(state, parts, body, Ok(result)).await,
        Some(answered) => return see_other(&local_path_or_log_in(&answered.location)),
        None => {}
    }
    let (head, answer) = answer.into_parts();
    let Ok(answer) = to_bytes(answer, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let error: AppError = serde_json::from_slice(&answer).unwrap_or(AppError::Unavailable);
    let mut response = show_again(state, parts, body, Err(error)).await;
    if let Some(seconds) = head.headers.get(header::RETRY_AFTER) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.clone());
    }
    response
}

/// Shows the page of a plain form that was rejected before it ran, with the entered values.
async fn show_form_again(state: HttpState, request: Request, error: AppError) -> Response {
    let (parts, body) = request.into_parts();
    match to_bytes(body, MAX_BODY_BYTES).await {
        Ok(body) => show_again(state, parts, &body, Err(error)).await,
        Err(_) => (StatusCode::PAYLOAD_TOO_LARGE, AppError::PayloadTooLarge.to_string()).into_response(),
    }
}

/// A plain form after the session has expired: the log-in page at the URL of the form, so that the browser can post the
/// form again after the user has logged in in another tab. Nothing that was entered is lost.
pub async fn log_in_and_replay(state: HttpState, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    // A form that exceeds the limit cannot be parsed, so its page is unknown. The browser still has its content.
    let body = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    let next = local_path(values(&body).get("page"));
    let page = Page::LogIn.with_query("next", &next);
    parts.uri = Uri::from_static(LOG_IN);
    let body = serde_urlencoded::to_string([("page", page)]).unwrap_or_default();
    show_again(state, parts, &Bytes::from(body), Err(AppError::Unauthenticated)).await
}

/// The page of the form, with the entered values and the result.
async fn show_again(state: HttpState, mut parts: Parts, body: &Bytes, answer: Result<Payload, AppError>) -> Response {
    let values = values(body);
    let page = values.get("page").to_owned();
    let status = answer.as_ref().err().map(AppError::status).and_then(|status| StatusCode::from_u16(status).ok());
    let returned =
        FormReplay { action: parts.uri.path().to_owned(), values: values.without_secrets(&SECRET_FIELDS), answer };
    parts.uri = page_of_form(&page).parse().unwrap_or(Uri::from_static("/"));
    parts.method = Method::GET;
    let mut response = pages::render(state, Request::from_parts(parts, Body::empty()), Some(returned)).await;
    if response.status().is_success() {
        *response.status_mut() = status.unwrap_or(StatusCode::OK);
    }
    response
}

fn values(body: &Bytes) -> FormValues {
    FormValues::new(serde_urlencoded::from_bytes(body).unwrap_or_default())
}

/// The page named by the form. The log-in and set-up pages are possible, too.
fn page_of_form(page: &str) -> String {
    let path = page.split('?').next().unwrap_or_default();
    let is_clean = page.starts_with('/') && page.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if Page::at(path).is_open_to_all() && is_clean { page.to_owned() } else { local_path(page) }
}

/// Allows only paths of this console; otherwise a form could redirect to any site (open redirect).
fn local_path_or_log_in(path: &str) -> String {
    if path == Page::LogIn.path() { path.to_owned() } else { local_path(path) }
}

fn see_other(path: &str) -> Response {
    axum::response::Redirect::to(path).into_response()
}
