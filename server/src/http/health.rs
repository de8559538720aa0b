//! Health checks for load balancers, service managers and scripts that wait until the server is up.

use crate::app_state::AppState;
use crate::error::write_failure;
use axum::extract::State;
use http::StatusCode;
use std::sync::Arc;

/// Liveness: the process answers. Restarting it would not mend a full disk, so the database is not asked.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// Readiness: a change can be stored. Fails while it cannot, and recovers by itself.
pub async fn ready(State(state): State<Arc<AppState>>) -> (StatusCode, String) {
    match state.readiness.check(&state.storage, &*state.clock).await {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", write_failure(why))),
    }
}
