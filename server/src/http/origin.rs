//! Requests that change something come from our own pages (OWASP CSRF prevention: Fetch Metadata).

use super::cookies::Cookies;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use tower_http::csrf::{CsrfLayer, ProtectionError};

const SENTENCE: &str = "This did not come from a page of this console, so it was not carried out.\n";

/// Refuses a change that another site asks for, by `Sec-Fetch-Site` or, failing that, by `Origin`.
pub fn same_origin_only() -> CsrfLayer<impl Fn(ProtectionError) -> Response + Clone> {
    CsrfLayer::new().with_rejection_response(|_: ProtectionError| (StatusCode::FORBIDDEN, SENTENCE).into_response())
}

/// Refuses a change that comes with a session but does not say from where: every browser says so, and what is
/// no browser has no business with a cookie.
pub async fn with_a_session_says_where_it_comes_from(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let silent = !headers.contains_key("sec-fetch-site") && !headers.contains_key(header::ORIGIN);
    let session = [Cookies::Secure, Cookies::PlainHttp].iter().any(|cookies| cookies.token(headers).is_some());
    if !request.method().is_safe() && silent && session {
        return (StatusCode::FORBIDDEN, SENTENCE).into_response();
    }
    next.run(request).await
}
