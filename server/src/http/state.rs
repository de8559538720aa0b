//! What handlers and middleware share.

use super::cookies::CookiePolicy;
use crate::app_state::AppState;
use axum::extract::FromRef;
use std::sync::Arc;

/// The application, and how cookies are written.
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
