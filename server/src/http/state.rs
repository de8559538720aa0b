//! Shared state of handlers and middleware.

use super::cookies::CookiePolicy;
use crate::app_state::AppState;
use axum::extract::FromRef;
use std::sync::Arc;

#[derive(Clone)]
pub struct HttpState {
    pub app: Arc<AppState>,
    pub cookies: CookiePolicy,
}

impl FromRef<HttpState> for Arc<AppState> {
    fn from_ref(state: &HttpState) -> Self {
        state.app.clone()
    }
}
