//! Delays password attempts.

use crate::app_state::AppState;
use crate::auth::Priority;
use crate::log_limit::LogLimit;
use app::AppError;
use std::net::IpAddr;

/// Waits as long as earlier failures require, before anything is hashed.
///
/// # Errors
/// [`AppError::RateLimited`] if the wait would be too long.
pub async fn wait_for_turn(state: &AppState, address: IpAddr, user_name: &str) -> Result<Priority, AppError> {
    let admitted = state.throttle.admit(address, user_name, state.clock.monotonic()).map_err(|seconds| {
        static LOG: LogLimit = LogLimit::new();
        if let Some(left_out) = LOG.allow() {
            tracing::warn!(%address, seconds, left_out, "too many failed log-ins from this address");
        }
        AppError::RateLimited(seconds)
    })?;
    tokio::time::sleep(admitted.wait).await;
    Ok(if admitted.is_quiet { Priority::Normal } else { Priority::Low })
}
