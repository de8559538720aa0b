//! Server-side rendering of pages.

use super::assets;
use super::headers::page_policy;
use super::page_context::page_context;
use super::state::HttpState;
use app::{AppError, FormReplay, PageContext, provide_backend, shell};
use axum::extract::{Request, State};
use axum::response::Response;
use http::header;
use leptos::context::{provide_context, use_context};
use leptos::nonce::use_nonce;
use leptos_axum::ResponseOptions;

/// Renders the page at the URL of the request.
pub async fn page(State(state): State<HttpState>, request: Request) -> Response {
    render(state, request, None).await
}

/// Renders a page; `returned` is the plain form to show again.
pub async fn render(state: HttpState, request: Request, returned: Option<FormReplay>) -> Response {
    let (parts, body) = request.into_parts();
    // After an expired session, reloading this page sends the form again, so its URL must not be replaced.
    let sent_again = returned.as_ref().is_some_and(|returned| returned.answer == Err(AppError::Unauthenticated));
    let assets = if sent_again { assets::without_script() } else { assets::paths() };
    let path = parts.uri.path().to_owned();
    let address = returned.is_some().then(|| parts.uri.to_string());
    let page_context = page_context(&state, &parts, returned).await;
    let context = move || provide(state.clone(), page_context.clone());
    let document = move || shell(assets, &path, address.clone());
    leptos_axum::render_app_async_with_context(context, document)(Request::from_parts(parts, body)).await
}

/// Provides the context that pages and server functions use.
fn provide(state: HttpState, page_context: PageContext) {
    if let Some(response) = use_context::<ResponseOptions>() {
        if let Some(policy) = use_nonce().and_then(|nonce| page_policy(&nonce)) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
        if page_context.message.is_some() {
            response.append_header(header::SET_COOKIE, state.cookies.clear_flash());
        }
    }
    provide_context(page_context);
    provide_backend(state.app);
}
