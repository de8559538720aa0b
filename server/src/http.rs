//! The way in from the network.

mod assets;
mod cookies;
mod headers;
mod health;
mod limits;
mod news;
mod origin;
mod pages;
mod server_functions;
mod serving;
mod session;
mod viewer;

pub use cookies::Cookies;
pub use serving::serve;

use crate::backend::Portolan;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Redirect;
use axum::routing::{any, get};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// What every handler knows.
type Shared = Arc<Portolan>;

/// Every way in. Read from the bottom: a request passes the layers in that order, and who is asking is known
/// before any page or server function runs.
pub fn router(portolan: Arc<Portolan>, cookies: Cookies) -> Router {
    portolan.write_cookies(cookies);
    // What pages do in the background runs on tokio. Fails where that has been said already.
    let _ = any_spawner::Executor::init_tokio();
    Router::new()
        .route("/ui/{*function}", any(server_functions::call))
        .route(app::NEWS_PATH, get(news::news))
        .route("/", get(async || Redirect::to("/image-registries")))
        .fallback_service(get(pages::page).with_state(portolan.clone()))
        .layer(from_fn_with_state(portolan.clone(), session::identify))
        .layer(axum::middleware::from_fn(origin::with_a_session_says_where_it_comes_from))
        .layer(origin::same_origin_only())
        .layer(CompressionLayer::new())
        .route("/assets/{name}", get(assets::asset))
        .route("/healthz", get(health::health))
        .layer(CatchPanicLayer::new())
        .layer(limits::time())
        .layer(limits::size())
        .layer(from_fn_with_state(cookies, headers::secure))
        .with_state(portolan)
}
