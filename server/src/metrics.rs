//! Figures for Prometheus (docs/operation.md). The values of labels are few and ours: no name, address or path that
//! people or clients have chosen is among them.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::borrow::Cow;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// From a page of a small list to a log-in that waits. Seconds.
const REQUEST_SECONDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// A check takes at most 15 seconds.
const CHECK_SECONDS: [f64; 8] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];

/// All figures of one server.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<RouteLabels, Histogram, fn() -> Histogram>,
    checks: Family<CheckLabels, Counter>,
    check_seconds: Histogram,
    read: Readings,
    /// One at a time writes its readings and the text, so that they belong together.
    writing: Mutex<()>,
}

/// What is not counted when it happens, but read when somebody asks.
#[derive(Default)]
struct Readings {
    registries: Family<StatusLabels, Gauge>,
    connections: Family<PoolLabels, Gauge>,
    most_connections: Family<PoolNameLabels, Gauge>,
    event_streams: Gauge,
    hashes: Family<StateLabels, Gauge>,
    computed_hashes: Counter,
    certificate: Family<NoLabels, Gauge>,
}

/// Values at one moment.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// How many registries have each status; `None` if the database does not say.
    pub registries: Option<Vec<(&'static str, i64)>>,
    pub pools: Vec<PoolUse>,
    pub event_streams: usize,
    pub waiting_hashes: usize,
    pub running_hashes: usize,
    /// Since the start.
    pub computed_hashes: u64,
    /// When the console's certificate expires, if it has one. Seconds since 1970.
    pub certificate_expires_at: Option<i64>,
}

/// How many connections to the database there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    pub pool: &'static str,
    pub idle: usize,
    pub in_use: usize,
    pub most: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: Cow<'static, str>,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: Cow<'static, str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CheckLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabels {
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PoolLabels {
    pool: &'static str,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PoolNameLabels {
    pool: &'static str,
}

/// For what there may be one of, or none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NoLabels {}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("portolan");
        let requests = Family::default();
        let request_seconds: Family<_, _, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(REQUEST_SECONDS));
        let checks = Family::default();
        let check_seconds = Histogram::new(CHECK_SECONDS);
        let read = Readings::default();
        registry.register("build", "The running version", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        registry.register("http_requests", "Answered requests", requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time until the head of the answer",
            Unit::Seconds,
            request_seconds.clone(),
        );
        registry.register("checks", "Checks and connection tests that ended", checks.clone());
        registry.register_with_unit("check_duration", "Time of a check", Unit::Seconds, check_seconds.clone());
        registry.register("image_registries", "Image registries by status", read.registries.clone());
        registry.register("database_connections", "Open connections to the database", read.connections.clone());
        registry.register("database_connections_max", "The most connections", read.most_connections.clone());
        registry.register("event_streams", "Open streams of events", read.event_streams.clone());
        registry.register("password_hashes", "Passwords that are being verified or set", read.hashes.clone());
        registry.register(
            "password_hashes_computed",
            "Hashes computed to verify or set a password",
            read.computed_hashes.clone(),
        );
        registry.register_with_unit(
            "tls_certificate_expiry_timestamp",
            "When the certificate of the console expires",
            Unit::Seconds,
            read.certificate.clone(),
        );
        Self { registry, requests, request_seconds, checks, check_seconds, read, writing: Mutex::default() }
    }
}

impl Metrics {
    /// Counts an answered request. There must be a limited number of routes.
    pub fn request(&self, route: Cow<'static, str>, status: u16, took: Duration) {
        self.request_seconds.get_or_create(&RouteLabels { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&RequestLabels { route, status }).inc();
    }

    /// Counts a check that has ended.
    pub fn check(&self, outcome: &'static str, took: Duration) {
        self.checks.get_or_create(&CheckLabels { outcome }).inc();
        self.check_seconds.observe(took.as_secs_f64());
    }

    /// Everything, in the format of OpenMetrics 1.0.
    pub fn text(&self, now: &Snapshot) -> String {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.read.set(now);
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl Readings {
    fn set(&self, now: &Snapshot) {
        self.registries.clear();
        for (status, count) in now.registries.iter().flatten() {
            self.registries.get_or_create(&StatusLabels { status }).set(*count);
        }
        for &PoolUse { pool, idle, in_use, most } in &now.pools {
            self.connections.get_or_create(&PoolLabels { pool, state: "idle" }).set(as_gauge(idle));
            self.connections.get_or_create(&PoolLabels { pool, state: "in_use" }).set(as_gauge(in_use));
            self.most_connections.get_or_create(&PoolNameLabels { pool }).set(as_gauge(most));
        }
        self.event_streams.set(as_gauge(now.event_streams));
        self.hashes.get_or_create(&StateLabels { state: "waiting" }).set(as_gauge(now.waiting_hashes));
        self.hashes.get_or_create(&StateLabels { state: "running" }).set(as_gauge(now.running_hashes));
        self.computed_hashes.inner().store(now.computed_hashes, Ordering::Relaxed);
        if let Some(at) = now.certificate_expires_at {
            self.certificate.get_or_create(&NoLabels {}).set(at);
        }
    }
}

fn as_gauge(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
