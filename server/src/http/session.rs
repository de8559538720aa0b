//! Who is asking, and whether strangers may ask that. Everything is closed to strangers but what is named here.

use super::Shared;
use super::server_functions::{is_plain_form, log_in_first};
use crate::accounts::find_session;
use app::Refusal;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::{Method, StatusCode, Uri};

/// What a stranger may ask for.
const OPEN_TO_ALL: [&str; 7] =
    ["/login", "/setup", "/ui/login", "/ui/setup", "/ui/setup/check", "/ui/preferences/theme", "/favicon.ico"];

/// Finds the session of a request and hands it on; sends strangers to the log-in page.
pub async fn identify(State(portolan): State<Shared>, mut request: Request, next: Next) -> Response {
    let actor = match portolan.cookies().token(request.headers()) {
        Some(token) => match find_session(&portolan, &token, counts_as_use(&request)).await {
            Ok(actor) => actor,
            Err(trouble) => return refused(&trouble.into()),
        },
        None => None,
    };
    let path = request.uri().path();
    if actor.is_none() && !OPEN_TO_ALL.contains(&path) {
        return match (request.method(), path.starts_with("/ui/")) {
            (&Method::GET | &Method::HEAD, false) => to_log_in(request.uri()),
            _ if is_plain_form(&request) => log_in_first(portolan, request).await,
            _ => refused(&Refusal::SignedOut),
        };
    }
    if let Some(actor) = actor {
        request.extensions_mut().insert(actor);
    }
    next.run(request).await
}

/// Whether the request shows that somebody is there: an open page follows the news by itself.
fn counts_as_use(request: &Request) -> bool {
    request.uri().path() != app::NEWS_PATH
}

/// The log-in page, which comes back to the page that was asked for.
fn to_log_in(uri: &Uri) -> Response {
    let wanted = uri.path_and_query().map_or("/", |it| it.as_str());
    if wanted == "/" {
        return Redirect::to("/login").into_response();
    }
    let next = serde_urlencoded::to_string([("next", wanted)]).unwrap_or_default();
    Redirect::to(&format!("/login?{next}")).into_response()
}

/// A refusal as a script reads it.
pub fn refused(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, axum::Json(refusal)).into_response()
}
