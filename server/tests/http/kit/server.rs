//! A server for one test.

use super::database::{DATABASE_FILE, database_address};
use super::{Answer, RequestExt, TestClock};
use app::DisplayTime;
use app::image_registries::{RegistryDetails, RegistryList};
use axum::Router;
use axum::body::{Body, BodyDataStream, to_bytes};
use http::{Method, Request, StatusCode, header};
use server::probe::AddressPolicy;
use server::{
    AppState, CheckSettings, Clock, CookiePolicy, HttpOptions, SessionLimits, Settings, SystemEntropy, TrustedProxies,
    router, run_in_background, start,
};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tower::ServiceExt;

pub const HOST: &str = "portolan.test";

/// Trusts a proxy at 10.0.0.1.
pub fn http_options() -> HttpOptions {
    let trusted_proxies = TrustedProxies::new(vec!["10.0.0.1/32".parse().unwrap()]);
    HttpOptions { trusted_proxies, ..HttpOptions::new(CookiePolicy::Secure) }
}

/// A server without a network, with an empty data folder of its own.
pub struct App {
    pub state: Arc<AppState>,
    pub clock: Arc<TestClock>,
    pub folder: TempDir,
    router: Router,
    cookie: Option<String>,
}

impl App {
    /// A server without an administrator.
    pub async fn fresh() -> Self {
        Self::with(CheckSettings { every_minutes: 0, ..CheckSettings::default() }).await
    }

    /// A server with an administrator who is logged in.
    pub async fn signed_in() -> Self {
        Self::fresh().await.set_up().await
    }

    /// Like `signed_in`, with sessions that expire after these times.
    pub async fn with_session_limits(sessions: SessionLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let checks = CheckSettings { every_minutes: 0, ..CheckSettings::default() };
        let database = database_address(folder.path());
        let settings = Settings { checks, database, sessions, ..Settings::within(folder.path()) };
        Self::start_with(Arc::new(TestClock::default()), folder, &settings).await.set_up().await
    }

    /// Like `signed_in`, with periodic checks that may connect to this machine.
    pub async fn checking() -> Self {
        let app = Self::with(CheckSettings { every_minutes: 5, ..with_loopback() }).await.set_up().await;
        tokio::spawn(run_in_background(app.state.clone()));
        app
    }

    /// A server on this data folder, which the caller removes.
    pub async fn on(data: &Path) -> Self {
        let checks = CheckSettings { every_minutes: 0, ..CheckSettings::default() };
        Self::start(tempfile::tempdir().unwrap(), data, checks).await
    }

    /// Like `on`, and checks may connect to this machine. They run only on request.
    pub async fn on_with_loopback(data: &Path) -> Self {
        let checks = CheckSettings { every_minutes: 0, ..with_loopback() };
        Self::start(tempfile::tempdir().unwrap(), data, checks).await
    }

    /// A server that people open at this address, with an administrator who is logged in.
    pub async fn behind(public_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_owned();
        let checks = CheckSettings { every_minutes: 0, ..CheckSettings::default() };
        let public_url = Some(public_url.parse().unwrap());
        let settings = Settings { checks, public_url, database: database_address(&data), ..Settings::within(data) };
        Self::start_with(Arc::new(TestClock::default()), folder, &settings).await.set_up().await
    }

    /// Another server on the same PostgreSQL database, with the same key, clock and session. It also runs checks.
    pub async fn replica(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in ["portolan.key", DATABASE_FILE] {
            fs::copy(self.folder.path().join(file), folder.path().join(file)).unwrap();
        }
        let data = folder.path().to_owned();
        let mut replica = Self::start_at(self.clock.clone(), folder, &data, with_loopback()).await;
        replica.cookie.clone_from(&self.cookie);
        tokio::spawn(run_in_background(replica.state.clone()));
        replica
    }

    async fn with(checks: CheckSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_owned();
        Self::start(folder, &data, checks).await
    }

    async fn start(folder: TempDir, data: &Path, checks: CheckSettings) -> Self {
        Self::start_at(Arc::new(TestClock::default()), folder, data, checks).await
    }

    async fn start_at(clock: Arc<TestClock>, folder: TempDir, data: &Path, checks: CheckSettings) -> Self {
        let settings = Settings { checks, database: database_address(data), ..Settings::within(data) };
        Self::start_with(clock, folder, &settings).await
    }

    async fn start_with(clock: Arc<TestClock>, folder: TempDir, settings: &Settings) -> Self {
        let state = start(settings, clock.clone(), Arc::new(SystemEntropy)).await.unwrap();
        let router = router(state.clone(), http_options());
        Self { state, clock, folder, router, cookie: None }
    }

    /// What answers requests, for a test with a socket.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    #[track_caller]
    pub fn setup_token(&self) -> String {
        self.state.setup_path().unwrap().split_once("token=").unwrap().1.to_owned()
    }

    /// Uses the session of this answer from now on.
    #[track_caller]
    pub fn keep_session(&mut self, answer: &Answer) {
        self.cookie = answer.session_cookie();
    }

    /// The session cookie of the requests to come.
    pub fn cookie(&self) -> Option<String> {
        self.cookie.clone()
    }

    pub fn set_cookie(&mut self, cookie: Option<&str>) {
        self.cookie = cookie.map(str::to_owned);
    }

    /// A request without a body.
    #[track_caller]
    pub fn request(&self, method: Method, path: &str) -> Request<Body> {
        let request = Request::builder().method(method).uri(path).header(header::HOST, HOST);
        let request = request.body(Body::empty()).unwrap();
        match &self.cookie {
            Some(cookie) => request.with_header("cookie", cookie),
            None => request,
        }
    }

    /// Sends a request to the router.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, 16 * 1024 * 1024).await.unwrap();
        Answer { status: head.status, headers: head.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Requests a page like a browser, or calls a server function that reads.
    pub async fn page(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).with_header("accept", "text/html")).await
    }

    /// Opens the event stream and returns its body.
    pub async fn stream(&self, path: &str) -> BodyDataStream {
        let response = self.router.clone().oneshot(self.request(Method::GET, path)).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        response.into_body().into_data_stream()
    }

    /// The list of registries for this query string.
    pub async fn list(&self, query: &str) -> RegistryList {
        self.page(&format!("/ui/image-registries/list?{query}")).await.json()
    }

    pub async fn details(&self, workspace: &str, name: &str) -> RegistryDetails {
        self.page(&format!("/ui/image-registries/details?workspace={workspace}&name={name}")).await.json()
    }

    /// Waits until no check is due or running. Returns the details.
    pub async fn checked(&self, workspace: &str, name: &str) -> RegistryDetails {
        for _ in 0..400 {
            let details = self.details(workspace, name).await;
            if !details.status.checking {
                return details;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the check of {workspace}/{name} did not end");
    }

    /// How long ago a point in time was, as pages show it.
    pub fn ago(&self, time: &DisplayTime) -> String {
        domain::ago(time.at, self.clock.now())
    }
}

/// Checks that may connect to this machine, which is blocked by default.
fn with_loopback() -> CheckSettings {
    let policy = AddressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()], Vec::new());
    CheckSettings { policy, ..CheckSettings::default() }
}
