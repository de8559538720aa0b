//! Headers of every response.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

const DEFAULT_HEADERS: [(HeaderName, &str); 2] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Assets set their own.
    (header::CACHE_CONTROL, "no-store"),
];

/// These concern what a browser shows as a page, or could. A first visit loads ten other files.
const DOCUMENT_HEADERS: [(HeaderName, &str); 4] = [
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    // Pages set their own policy.
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
];

/// Scripts, styles and modules are never shown as pages. (SVG images can be.)
const SUBRESOURCES: [&str; 3] = ["text/javascript", "text/css", "application/wasm"];

/// Browsers use only https for this host for a year (RFC 6797), on every port, including those of other services.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

#[derive(Clone, Copy, Debug)]
pub struct Hsts(pub bool);

/// Adds the headers that the handler has not set.
pub async fn secure(State(Hsts(hsts)): State<Hsts>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let content_type = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let is_subresource = SUBRESOURCES.iter().any(|subresource| content_type.starts_with(subresource.as_bytes()));
    let document_headers = DOCUMENT_HEADERS.into_iter().filter(|_| !is_subresource);
    for (name, value) in DEFAULT_HEADERS.into_iter().chain(document_headers) {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    if hsts {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}

/// The content security policy of a page without scripts.
pub const STATIC_PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The content security policy of a page: our own styles, and scripts with the page's nonce.
pub fn page_policy(nonce: &str) -> Option<HeaderValue> {
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).ok()
}
