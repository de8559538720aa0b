//! HTTP: routes, middleware, cookies, and the server itself.

mod api;
mod assets;
mod audit_export;
mod client_address;
mod connections;
mod cookies;
#[cfg(debug_assertions)]
mod development;
mod documents;
mod error_response;
mod events;
mod executor;
mod headers;
mod health;
mod limits;
mod metrics;
mod monitored;
mod observe;
mod origin;
mod page_context;
mod pages;
mod plain_form;
mod registry_export;
mod responses;
mod route;
mod server_functions;
mod serving;
mod session;
mod state;
mod tls;

pub use client_address::{PeerAddress, TrustedProxies};
pub use cookies::CookiePolicy;
pub use health::is_portolan;
pub use metrics::metrics_router;
pub use serving::{FEW_CONNECTIONS, Listener, MOST_CONNECTIONS, listen, room_for_connections, serve, serve_metrics};
pub use tls::{Certificate, CertificateError, CertificateFiles, CertificateWarning, Tls, TlsError, date};

use crate::app_state::AppState;
use app::Page;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{any, get};
use state::HttpState;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// The operator's settings for HTTP.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    pub cookies: CookiePolicy,
    /// Proxies that may report the client's address.
    pub trusted_proxies: TrustedProxies,
    /// Whether browsers must use https for this host (HSTS), which affects every port of the host name.
    pub hsts: bool,
}

impl HttpOptions {
    /// Trusts no proxy and sends no HSTS header.
    pub fn new(cookies: CookiePolicy) -> Self {
        Self { cookies, trusted_proxies: TrustedProxies::default(), hsts: false }
    }
}

/// All routes. Read the layers from the bottom: a request passes through them in that order, and is authenticated
/// before any page or server function runs.
pub fn router(app: Arc<AppState>, options: HttpOptions) -> Router {
    let HttpOptions { cookies, trusted_proxies, hsts } = options;
    let metrics = app.metrics.clone();
    let state = HttpState { app, cookies };
    executor::init();
    let api = api::routes(&state);
    let router = Router::new()
        .route("/ui/{*function}", any(server_functions::call))
        .route(app::EVENTS_PATH, get(events::events))
        .route(
            app::image_registries::REGISTRY_EXPORT_PATH,
            get(registry_export::download).post(registry_export::download_with_passwords),
        )
        .route(app::audit::AUDIT_EXPORT_PATH, get(audit_export::download))
        .route("/", get(async || Redirect::to(&Page::Registries.path())))
        .fallback_service(get(pages::page).with_state(state.clone()))
        .layer(from_fn_with_state(state.clone(), session::identify))
        .layer(from_fn_with_state(state.clone(), origin::same_origin_only))
        .nest("/api/v1", api)
        .route("/api/openapi.json", get(documents::open_api))
        .route("/api", get(documents::api_reference))
        .route("/guides/{name}", get(documents::guide))
        .layer(CompressionLayer::new())
        .route("/assets/{*name}", get(assets::asset))
        .route(health::ALIVE_PATH, get(health::alive))
        .route("/readyz", get(health::ready));
    #[cfg(debug_assertions)]
    let router = router.route(development::LIVE_RELOAD_PATH, get(development::live_reload));
    router
        .layer(CatchPanicLayer::custom(observe::panicked))
        .layer(limits::time())
        .layer(limits::size())
        .layer(from_fn(api::normalize_errors))
        .layer(from_fn_with_state(trusted_proxies, client_address::identify))
        .layer(from_fn_with_state(headers::Hsts(hsts), headers::secure))
        .layer(from_fn_with_state(metrics, observe::observe))
        .with_state(state)
}
