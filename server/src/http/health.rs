//! Health checks for load balancers, service managers and scripts.

use crate::app_state::AppState;
use crate::error::write_failure;
use axum::extract::State;
use http::StatusCode;
use std::sync::Arc;

/// Liveness: the process responds. The database is not queried, because a restart would not fix a full disk.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// Readiness: changes can be stored. Fails for as long as they cannot, and recovers by itself.
pub async fn ready(State(state): State<Arc<AppState>>) -> (StatusCode, String) {
    match state.readiness.check(&state.storage, &*state.clock).await {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", write_failure(why))),
    }
}
