//! What operators see of a request: its id, its span, its log line, and what is counted.

use super::route::{ASSETS, route};
use crate::entropy::SystemEntropy;
use crate::metrics::Metrics;
use crate::trace::{self, TRACEPARENT, TraceId};
use app::AppError;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use std::any::Any;
use std::sync::Arc;
use std::time::Instant;
use tracing::Instrument;

/// Names the request in the answer, as people know it from other servers.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id. A client may choose it only as the trace that its own request belongs to.
///
/// Neither span nor log line has the path, whose query may hold a secret (the set-up link), or anything else that a
/// client has written.
pub async fn observe(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let id = trace_of(request.headers()).unwrap_or_else(|| TraceId::new(&SystemEntropy));
    let route = route(request.uri().path());
    let method = method(request.method());
    let span = tracing::info_span!("request", %id, method, route = &*route);
    // A first visit loads a dozen assets, which do not fail.
    let is_asset = route == ASSETS;
    let name = HeaderValue::from_str(&id.to_string());
    let answer = async {
        let begun = Instant::now();
        let response = next.run(request).await;
        let (status, took) = (response.status().as_u16(), begun.elapsed());
        tracing::debug!(status, milliseconds = took.as_millis() as u64, "answered");
        metrics.request(route, status, took);
        response
    };
    let mut response = trace::within(id, answer).instrument(span).await;
    if let Ok(name) = name
        && !(is_asset && response.status().is_success())
    {
        response.headers_mut().insert(REQUEST_ID, name);
    }
    response
}

/// A client can invent methods.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

fn trace_of(headers: &HeaderMap) -> Option<TraceId> {
    let mut values = headers.get_all(TRACEPARENT).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() { None } else { TraceId::from_traceparent(value) }
}

/// The answer after a panic, which the panic hook has logged.
pub fn panicked(_: Box<dyn Any + Send>) -> Response {
    let reference = trace::current().map(|id| id.to_string()).unwrap_or_default();
    (StatusCode::INTERNAL_SERVER_ERROR, format!("{}\n", AppError::Internal(reference))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;

    #[tokio::test]
    async fn r11_the_answer_after_a_panic_names_the_request() {
        let id = TraceId::new(&SystemEntropy);
        let response = trace::within(id.clone(), async { panicked(Box::new("canary")) }).await;
        let body = to_bytes(response.into_body(), 1024).await.unwrap();
        let text = String::from_utf8_lossy(&body);
        assert!(text.contains(&id.to_string()) && !text.contains("canary"), "{text}");
    }
}
