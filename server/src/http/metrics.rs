//! Figures for Prometheus, on an address of their own.

use super::limits;
use super::tls::Tls;
use crate::app_state::AppState;
use crate::log_limit::LogLimit;
use crate::metrics::Snapshot;
use crate::storage::{self, image_registries};
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::{HeaderName, header};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// For how long the numbers of registries are reused: counting a million takes a noticeable time.
const COUNTED_FOR: Duration = Duration::from_secs(15);

/// How long counting may take. The other figures are shown without it.
const COUNT_TIMEOUT: Duration = Duration::from_secs(2);

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Counts = Option<Vec<(&'static str, i64)>>;

#[derive(Clone)]
struct MetricsState {
    app: Arc<AppState>,
    tls: Option<Arc<Tls>>,
    /// Registries by status, and when they were counted. Whoever counts holds the lock: one at a time does.
    counted: Arc<Mutex<Option<(Instant, Counts)>>>,
}

/// Answers GET /metrics and nothing else.
pub fn metrics_router(app: Arc<AppState>, tls: Option<Arc<Tls>>) -> Router {
    let state = MetricsState { app, tls, counted: Arc::default() };
    Router::new().route("/metrics", get(metrics)).layer(limits::time()).with_state(state)
}

async fn metrics(State(state): State<MetricsState>) -> ([(HeaderName, &'static str); 1], String) {
    let app = &state.app;
    let hashing = app.hashing.in_progress();
    // Before the registries are counted, which uses a connection itself.
    let pools = app.storage.pools();
    let now = Snapshot {
        registries: state.registries().await,
        pools,
        event_streams: app.events.open().count(),
        waiting_hashes: hashing.waiting,
        running_hashes: hashing.running,
        computed_hashes: app.hashing.computed(),
        certificate_expires_at: state.tls.as_ref().map(|tls| tls.expires_at()),
    };
    ([(header::CONTENT_TYPE, OPEN_METRICS)], app.metrics.text(&now))
}

impl MetricsState {
    async fn registries(&self) -> Counts {
        let mut counted = self.counted.lock().await;
        if let Some((at, counts)) = &*counted
            && at.elapsed() < COUNTED_FOR
        {
            return counts.clone();
        }
        let counts = match timeout(COUNT_TIMEOUT, self.count()).await {
            Ok(Ok(counts)) => Some(counts),
            Ok(Err(error)) => warn(&error),
            Err(error) => warn(&error),
        };
        *counted = Some((Instant::now(), counts.clone()));
        counts
    }

    async fn count(&self) -> storage::Result<Vec<(&'static str, i64)>> {
        image_registries::count_by_phase(&mut self.app.storage.reader().await?).await
    }
}

/// The log says once a minute why there are no counts.
fn warn(error: &(dyn Error + 'static)) -> Counts {
    static LOG: LogLimit = LogLimit::new();
    if let Some(left_out) = LOG.allow() {
        tracing::warn!(error, left_out, "could not count the registries for /metrics");
    }
    None
}
