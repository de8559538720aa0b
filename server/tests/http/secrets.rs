//! A stored password is not shown anywhere.

use super::kit::{App, By, PASSWORD, USER, stored_bytes};
use app::AppError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const CANARY: &str = "canary:Pässword/+=?&%";

#[tokio::test]
async fn s6_no_response_and_no_file_contains_a_stored_password() {
    let app = App::signed_in().await;
    let mut answers = Vec::new();
    let form = [
        ("name", "one"),
        ("workspace", "default"),
        ("url", "a.example"),
        ("username", "u"),
        ("password", CANARY),
        ("page", "/image-registries/create"),
    ];
    answers.push(app.post("/ui/image-registries/create", &form, By::Script).await);
    answers.push(app.post("/ui/image-registries/create", &form, By::PlainForm).await);
    let id = app.details("default", "one").await.id;
    for version in ["1", "9"] {
        let edit = [
            ("registry", id.as_str()),
            ("based_on", version),
            ("url", "bad url"),
            ("username", "u"),
            ("password", CANARY),
            ("page", "/image-registries/default/one/edit"),
        ];
        answers.push(app.post("/ui/image-registries/update", &edit, By::Script).await);
        answers.push(app.post("/ui/image-registries/update", &edit, By::PlainForm).await);
    }
    for path in [
        "/image-registries",
        "/image-registries?q=canary",
        "/image-registries/default/one",
        "/image-registries/default/one/edit",
        "/ui/image-registries/list",
        "/ui/image-registries/details?workspace=default&name=one",
        &format!("/ui/image-registries/by-id?ids={id}"),
        &format!("/image-registries/delete?id={id}"),
    ] {
        answers.push(app.page(path).await);
    }
    let forms = [
        CANARY.to_owned(),
        serde_urlencoded::to_string([("", CANARY)]).unwrap()[1..].to_owned(),
        "Pässword".to_owned(),
        "v1:".to_owned(),
    ];
    for answer in &answers {
        let everything = format!("{} {:?}", answer.text, answer.headers);
        for canary in &forms {
            assert!(!everything.contains(canary.as_str()), "{canary}: {everything}");
        }
    }

    // Searching for the password finds nothing, because the search covers no column that contains it.
    assert!(answers.iter().any(|answer| answer.text.contains("No match")));

    app.state.close().await;
    let database = stored_bytes(app.folder.path());
    assert!(!database.windows(6).any(|window| window == b"canary"));
    assert!(database.windows(3).any(|window| window == b"v1:"), "it is stored, sealed");
}

/// Captures the log of this thread at the most detailed level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A registry that requires a password and echoes the request in every part of its response.
async fn echoing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut heard = vec![0; 4096];
            let length = stream.read(&mut heard).await.unwrap_or_default();
            let heard = String::from_utf8_lossy(&heard[..length]).into_owned();
            let received = heard.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or_default();
            let status = if received.is_empty() { "401 Who" } else { "500 Oops" };
            let answer = format!(
                "HTTP/1.1 {status}\r\nWWW-Authenticate: Basic realm=\"{received}\"\r\nX-Echo: {received}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{received}",
                received.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    url
}

#[tokio::test]
async fn s6_no_log_line_and_no_report_contains_a_secret_that_the_registry_echoes() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    // With a single subscriber, tracing asks only the thread that meets a log statement first, which may be that of
    // another test, and remembers its answer.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let _guard = tracing::subscriber::set_default(subscriber);

    tracing::trace!("the finest level");
    let mut app = App::checking().await;
    let url = echoing().await;
    app.create_registry(&[("name", "one"), ("url", &url), ("username", "u"), ("password", CANARY)]).await;
    assert_eq!(app.checked("default", "one").await.status.reason, "Registry returned a server error");
    let details = app.page("/ui/image-registries/details?workspace=default&name=one").await.text;
    let page = app.page("/image-registries/default/one").await.text;
    let wrong = app.post("/ui/login", &[("user_name", USER), ("password", CANARY)], By::Script).await;
    assert!(matches!(wrong.expect_error(), AppError::Validation(_)));
    app.log_in().await;
    let _ = app.page("/account").await;
    let session = app.cookie().unwrap();
    let (_, session) = session.split_once('=').unwrap();

    app.state.close().await;
    let database = stored_bytes(app.folder.path());
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("TRACE") && log.contains("logged in"), "the log was captured: {log}");
    let received = format!("{log}{details}{page}{}", String::from_utf8_lossy(&database));
    let pair = STANDARD.encode(format!("u:{CANARY}"));
    for secret in [CANARY, "Pässword", &pair, &STANDARD.encode(CANARY), PASSWORD, session] {
        assert!(!received.contains(secret), "{secret}");
    }
}
