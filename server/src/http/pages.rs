//! Pages, rendered whole.

use super::headers::page_policy;
use super::viewer::{forget_message, viewer};
use super::{Shared, assets};
use app::{Backend, Refusal, Returned, Viewer, shell};
use axum::extract::{Request, State};
use axum::response::Response;
use http::header;
use leptos::context::{provide_context, use_context};
use leptos::nonce::use_nonce;
use leptos_axum::ResponseOptions;
use std::sync::Arc;

/// The page at the address of the request.
pub async fn page(State(portolan): State<Shared>, request: Request) -> Response {
    render(portolan, request, None).await
}

/// A page; `returned` is the plain form that it shows again.
pub async fn render(portolan: Shared, request: Request, returned: Option<Returned>) -> Response {
    let (parts, body) = request.into_parts();
    // Whoever was logged out meanwhile sends the form again by loading this page again: its address has to stay.
    let sent_again = returned.as_ref().is_some_and(|returned| returned.answer == Err(Refusal::SignedOut));
    let assets = if sent_again { assets::without_script() } else { assets::paths() };
    let page = returned.is_some().then(|| parts.uri.to_string());
    let viewer = viewer(&portolan, &parts, returned);
    let context = move || provide(portolan.clone(), viewer.clone());
    let document = move || shell(assets, page.clone());
    leptos_axum::render_app_async_with_context(context, document)(Request::from_parts(parts, body)).await
}

/// What pages and server functions find in their context.
fn provide(portolan: Shared, viewer: Viewer) {
    if let Some(response) = use_context::<ResponseOptions>() {
        if let Some(policy) = use_nonce().and_then(|nonce| page_policy(&nonce)) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
        if viewer.message.is_some() {
            response.append_header(header::SET_COOKIE, forget_message(portolan.cookies()));
        }
    }
    provide_context(viewer);
    provide_backend(portolan);
}

/// The port, as the server functions look for it.
pub fn provide_backend(portolan: Shared) {
    provide_context::<Arc<dyn Backend>>(portolan);
}
