//! The test kit for the router. A test reads like this:
//!
//! ```ignore
//! #[tokio::test]
//! async fn a_workspace_name_can_be_used_only_once() {
//!     let app = App::signed_in().await;
//!     for by in [By::Script, By::PlainForm] {
//!         let answer = app.post("/ui/workspaces/create", &[("name", "default")], by).await;
//!         assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{by:?}");
//!     }
//! }
//! ```
//!
//! [`App`] is a server on a fresh data folder, without a network; [`App::checking`] also runs checks. Forms are sent with
//! [`App::post`], as a script and as a plain form: test both. [`App::create_registry`] prepares data, [`Answer`] reads
//! responses, and [`TestClock`] moves the time. A test's name is a sentence that stands alone in a log. A new server
//! function needs a row in `functions.rs`.

use axum::Router;
use axum::body::{Body, BodyDataStream, to_bytes};
use http::{HeaderMap, Method, Request, StatusCode, header};
use server::probe::AddressPolicy;
use server::{
    AppState, CheckSettings, Clock, CookiePolicy, HttpOptions, Settings, SystemEntropy, TrustedProxies, router,
    run_in_background, start,
};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tower::ServiceExt;

pub const USER: &str = "anna";
pub const PASSWORD: &str = "correct horse battery";
const HOST: &str = "portolan.test";

/// Milliseconds.
pub const DAY: i64 = 24 * 60 * 60 * 1000;

/// A clock that only moves when a test moves it.
pub struct TestClock {
    now: AtomicI64,
    monotonic: AtomicI64,
}

impl Default for TestClock {
    fn default() -> Self {
        Self { now: AtomicI64::new(1_795_466_388_000), monotonic: AtomicI64::new(0) }
    }
}

impl Clock for TestClock {
    fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    fn monotonic(&self) -> i64 {
        self.monotonic.load(Ordering::SeqCst)
    }
}

impl TestClock {
    /// Lets time pass: both clocks advance.
    pub fn advance(&self, milliseconds: i64) {
        self.jump(milliseconds);
        self.monotonic.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Changes the wall clock forwards or back, while the monotonic clock stays.
    pub fn jump(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

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

/// A complete response.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

/// How a form is sent: by script, or by a browser without script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Script,
    PlainForm,
}

impl App {
    /// A server without an administrator.
    pub async fn fresh() -> Self {
        // No outgoing connections, unless a test asks for them.
        Self::with(CheckSettings { every_minutes: 0, ..CheckSettings::default() }).await
    }

    /// A server on this data folder, which the caller removes.
    pub async fn on(data: &Path) -> Self {
        let checks = CheckSettings { every_minutes: 0, ..CheckSettings::default() };
        Self::start(tempfile::tempdir().unwrap(), data, checks).await
    }

    /// Like `on`, and checks may connect to this machine. They run only on request.
    pub async fn on_with_loopback(data: &Path) -> Self {
        let policy = AddressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()], Vec::new());
        let checks = CheckSettings { every_minutes: 0, policy, ..CheckSettings::default() };
        Self::start(tempfile::tempdir().unwrap(), data, checks).await
    }

    async fn with(checks: CheckSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_owned();
        Self::start(folder, &data, checks).await
    }

    async fn start(folder: TempDir, data: &Path, checks: CheckSettings) -> Self {
        let clock = Arc::new(TestClock::default());
        let settings = Settings { checks, ..Settings::within(data) };
        let state = start(&settings, clock.clone(), Arc::new(SystemEntropy)).await.unwrap();
        let router = router(state.clone(), http_options());
        Self { state, clock, folder, router, cookie: None }
    }

    /// A server with an administrator who is logged in.
    pub async fn signed_in() -> Self {
        Self::fresh().await.set_up().await
    }

    /// Like `signed_in`, with periodic checks that may connect to this machine.
    pub async fn checking() -> Self {
        let policy = AddressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()], Vec::new());
        let app =
            Self::with(CheckSettings { every_minutes: 5, policy, ..CheckSettings::default() }).await.set_up().await;
        tokio::spawn(run_in_background(app.state.clone()));
        app
    }

    pub async fn set_up(self) -> Self {
        let mut app = self;
        let token = app.setup_token();
        let form = [
            ("token", token.as_str()),
            ("user_name", USER),
            ("new_password", PASSWORD),
            ("repeated_password", PASSWORD),
        ];
        let answer = app.post("/ui/setup", &form, By::Script).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        app.keep_session(&answer);
        app
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

    pub fn cookie(&self) -> Option<String> {
        self.cookie.clone()
    }

    pub fn set_cookie(&mut self, cookie: Option<&str>) {
        self.cookie = cookie.map(str::to_owned);
    }

    /// Requests a page like a browser.
    pub async fn page(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).header(header::ACCEPT, "text/html").body(Body::empty()).unwrap())
            .await
    }

    /// Posts a form like a page of the console.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)], by: By) -> Answer {
        self.send(self.form(path, fields, by)).await
    }

    #[track_caller]
    pub fn form(&self, path: &str, fields: &[(&str, &str)], by: By) -> Request<Body> {
        let accept = match by {
            By::Script => "application/json",
            By::PlainForm => "text/html,application/xhtml+xml",
        };
        self.request(Method::POST, path)
            .header(header::ACCEPT, accept)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, format!("https://{HOST}"))
            .body(Body::from(serde_urlencoded::to_string(fields).unwrap()))
            .unwrap()
    }

    pub fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let builder = Request::builder().method(method).uri(path).header(header::HOST, HOST);
        match &self.cookie {
            Some(cookie) => builder.header(header::COOKIE, cookie),
            None => builder,
        }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, 16 * 1024 * 1024).await.unwrap();
        Answer { status: head.status, headers: head.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Opens the event stream and returns its body.
    pub async fn stream(&self, path: &str) -> BodyDataStream {
        let request = self.request(Method::GET, path).body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        response.into_body().into_data_stream()
    }

    /// Creates a registry. Returns its id.
    pub async fn create_registry(&self, fields: &[(&str, &str)]) -> String {
        let defaults = [("workspace", "default"), ("url", "https://registry.example.com")];
        let missing = defaults.iter().filter(|(name, _)| !fields.iter().any(|(given, _)| given == name));
        let all: Vec<_> = fields.iter().chain(missing).copied().collect();
        let answer = self.post("/ui/image-registries/create", &all, By::Script).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let to = answer.json()["location"].as_str().unwrap().to_owned();
        let (_, path) = to.split_once("/image-registries/").unwrap();
        let (workspace, name) = path.split_once('/').unwrap();
        self.details(workspace, name).await["id"].as_str().unwrap().to_owned()
    }

    /// Creates a registry. Returns the number of the last event before that.
    pub async fn create_and_get_previous_event(&self, fields: &[(&str, &str)]) -> i64 {
        let page = self.page("/image-registries").await.text;
        let (_, number) = page.split_once("as_of").unwrap();
        let number: String =
            number.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        self.create_registry(fields).await;
        number.parse().unwrap()
    }

    /// Logs in as if from another browser. Returns the session cookie.
    pub async fn second_session(&mut self) -> String {
        let here = self.cookie.take();
        let answer = self.post("/ui/login", &[("user_name", USER), ("password", PASSWORD)], By::Script).await;
        self.cookie = here;
        answer.session_cookie().unwrap()
    }

    /// Logs in, and uses that session from now on.
    pub async fn log_in(&mut self) {
        let answer = self.post("/ui/login", &[("user_name", USER), ("password", PASSWORD)], By::Script).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        self.keep_session(&answer);
    }

    /// How long ago a point in time was, as pages show it.
    #[track_caller]
    pub fn ago(&self, display_time: &serde_json::Value) -> String {
        domain::ago(display_time["at"].as_i64().unwrap(), self.clock.now())
    }

    /// Waits until no check is due or running. Returns the details.
    pub async fn checked(&self, workspace: &str, name: &str) -> serde_json::Value {
        for _ in 0..400 {
            let details = self.details(workspace, name).await;
            if details["status"]["checking"] == false {
                return details;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the check of {workspace}/{name} did not end");
    }

    pub async fn details(&self, workspace: &str, name: &str) -> serde_json::Value {
        let answer = self.page(&format!("/ui/image-registries/details?workspace={workspace}&name={name}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The result of a connection test.
    #[track_caller]
    pub fn dry_run(&self) -> serde_json::Value {
        payload(&self.json()["result"])
    }

    /// The current values in a conflict.
    #[track_caller]
    pub fn current(&self) -> serde_json::Value {
        payload(&self.json()["Conflict"]["current"])
    }

    /// The names of the fields that have an error.
    #[track_caller]
    pub fn invalid_fields(&self) -> Vec<String> {
        let json = self.json();
        let field_errors = json["Validation"].as_array().unwrap_or_else(|| panic!("{json}"));
        field_errors.iter().map(|problem| problem["field"].as_str().unwrap().to_owned()).collect()
    }

    #[track_caller]
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map(|header| header.to_str().unwrap()).unwrap_or_default()
    }

    #[track_caller]
    pub fn cookies(&self) -> Vec<&str> {
        self.headers.get_all(header::SET_COOKIE).iter().map(|header| header.to_str().unwrap()).collect()
    }

    #[track_caller]
    pub fn session_cookie(&self) -> Option<String> {
        let cookie = self.cookies().into_iter().find(|cookie| cookie.starts_with("__Host-portolan="))?;
        cookie.split(';').next().map(str::to_owned)
    }
}

/// Feature types are JSON text inside generic answers.
#[track_caller]
fn payload(value: &serde_json::Value) -> serde_json::Value {
    serde_json::from_str(value.as_str().unwrap_or_else(|| panic!("{value}"))).unwrap()
}
