//! Authentication by token (RFC 6750 2.1). A session cookie does not open the API.

use super::super::connections::Activity;
use super::super::state::HttpState;
use super::problem::ApiError;
use crate::features::authenticate_token;
use api::problem::kind;
use app::{AppError, Client};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Secret;
use http::{HeaderMap, StatusCode, header};
use std::sync::Arc;

const MISSING: &str = "Send a token: Authorization: Bearer portolan_\u{2026}. The page Tokens makes them.";

const IN_QUERY: &str = "There is a token in the address, where proxies and logs keep it. Revoke it on the page Tokens, \
    make another one, and send it as Authorization: Bearer.";

/// Adds the actor of the token to the request.
pub async fn authenticate(State(state): State<HttpState>, request: Request, next: Next) -> Response {
    if request.uri().query().is_some_and(|query| query.contains("access_token=") || holds_token(query)) {
        return ApiError::bad_request(IN_QUERY).into_response();
    }
    let Some(token) = bearer(request.headers()) else {
        return ApiError::new(StatusCode::UNAUTHORIZED, kind::UNAUTHENTICATED, MISSING).into_response();
    };
    let (parts, body) = request.into_parts();
    let client = Client::of(&parts);
    let mut request = Request::from_parts(parts, body);
    match authenticate_token(&state.app, &token, client).await {
        Ok(Ok(actor)) => {
            if let Some(activity) = request.extensions().get::<Arc<Activity>>() {
                activity.sign_in();
            }
            request.extensions_mut().insert(actor);
            next.run(request).await
        }
        Ok(Err(invalid)) => ApiError::from(invalid).into_response(),
        Err(error) => ApiError::from(AppError::from(error)).into_response(),
    }
}

/// Whether there is something that looks like a token. The name of an image may contain its prefix.
fn holds_token(query: &str) -> bool {
    query.match_indices("portolan_").any(|(at, prefix)| {
        let digits = query[at + prefix.len()..].bytes().take_while(u8::is_ascii_hexdigit);
        digits.count() >= 64
    })
}

/// The only token of the request.
fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    let is_only = values.next().is_none() && scheme.eq_ignore_ascii_case("bearer");
    is_only.then(|| Secret::new(token.trim()))
}
