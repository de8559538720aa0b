//! Limits on size and time.

use super::kit::{App, By};
use axum::body::Body;
use http::StatusCode;
use server::{CookiePolicy, HttpOptions, router, serve};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::test]
async fn w13_a_request_body_over_one_mebibyte_is_rejected() {
    let app = App::signed_in().await;
    let long = "x".repeat(1024 * 1024 + 1);
    let answer = app.post("/ui/workspaces/create", &[("name", &long)], By::Script).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);

    // The same without a Content-Length.
    let (mut head, _) = app.form("/ui/workspaces/create", &[], By::Script).into_parts();
    head.headers.remove("content-length");
    let chunks = (0..80).map(|_| Ok::<_, std::io::Error>("x".repeat(16 * 1024)));
    let body = Body::from_stream(futures_util::stream::iter(chunks));
    assert_eq!(app.send(http::Request::from_parts(head, body)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

/// Memory stays flat because the rest is not taken from the connection.
#[tokio::test]
async fn w13_of_a_hundred_mebibytes_no_more_is_read_than_the_limit() {
    const PIECE: usize = 64 * 1024;
    let app = App::signed_in().await;
    for path in ["/ui/workspaces/create", "/ui/login", "/image-registries", "/healthz"] {
        let taken = Arc::new(AtomicUsize::new(0));
        let counting = taken.clone();
        let pieces = (0..1600).map(move |_| {
            counting.fetch_add(PIECE, Ordering::SeqCst);
            Ok::<_, std::io::Error>("x".repeat(PIECE))
        });
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let (head, _) = app.form(path, &[], By::Script).into_parts();
        let answer = app.send(http::Request::from_parts(head, body)).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        let taken = taken.load(Ordering::SeqCst);
        assert!(taken <= 1024 * 1024 + 2 * PIECE, "{path}: {taken} bytes were taken");
    }
}

#[tokio::test]
async fn w13_a_request_body_that_never_ends_times_out() {
    let app = App::fresh().await;
    let (head, _) = app.form("/ui/login", &[], By::Script).into_parts();
    let body = Body::from_stream(futures_util::stream::pending::<Result<String, std::io::Error>>());
    // From here on, the clock advances whenever all tasks are waiting.
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let answer = app.send(http::Request::from_parts(head, body)).await;
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(begun.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn w11_sixteen_kibibytes_of_any_input_get_a_valid_response() {
    let app = App::signed_in().await;
    let payloads = [
        "\0",
        "</script><script>alert(1)</script>",
        "\"'<img src=x onerror=alert(1)>",
        "\u{202e}\u{2066}",
        "😀",
        "\u{2028}",
        "%00%0d%0a",
        "../../",
    ];
    for payload in payloads {
        for text in [payload.to_owned(), payload.repeat(16 * 1024 / payload.len())] {
            for field in ["name", "workspace", "url", "repository", "username", "password"] {
                let mut form = vec![
                    ("name", "one"),
                    ("workspace", "default"),
                    ("url", "a.example"),
                    ("page", "/image-registries/create"),
                ];
                form.retain(|(name, _)| *name != field);
                form.push((field, &text));
                for by in [By::Script, By::PlainForm] {
                    let answer = app.post("/ui/image-registries/create", &form, by).await;
                    assert!(!answer.status.is_server_error(), "{field} {payload:?}: {}", answer.status);
                    let inert = !answer.text.contains("<script>alert") && !answer.text.contains("<img");
                    assert!(inert || by == By::Script, "{field} {payload:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn w13_a_client_that_never_completes_a_request_head_is_disconnected() {
    let app = App::fresh().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let router = router(app.state.clone(), HttpOptions::new(CookiePolicy::Secure));
    let serving = tokio::spawn(serve(listener, router, 1_024, async move {
        let _ = stopped.await;
    }));

    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET /login HTTP/1.1\r\nHost: x\r\n").await.unwrap();
    let mut healthy = TcpStream::connect(address).await.unwrap();
    healthy.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    healthy.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");

    let mut rest = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(15), slow.read_to_end(&mut rest)).await;
    assert!(closed.is_ok(), "closed in time");

    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(11), serving).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn w13_a_response_does_not_grow_with_its_request() {
    let app = App::signed_in().await;
    let names: Vec<String> = (0..50_000).map(|index| format!("field-{index}")).collect();
    let fields = [("page", "/workspaces")].into_iter().chain(names.iter().map(|name| (name.as_str(), "x")));
    let fields: Vec<_> = fields.collect();
    for by in [By::Script, By::PlainForm] {
        let answer = app.post("/ui/workspaces/create", &fields, by).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{by:?}");
        assert!(answer.text.len() < 64 * 1024, "{by:?}: {}", answer.text.len());
    }
}

#[tokio::test]
async fn w13_requests_without_a_session_have_a_smaller_body_limit() {
    let app = App::fresh().await;
    let long = "x".repeat(64 * 1024);
    for by in [By::Script, By::PlainForm] {
        let answer = app.post("/ui/login", &[("user_name", "anna"), ("password", &long)], by).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{by:?}");
        let late = app.post("/ui/image-registries/create", &[("ca_certificates", &long)], by).await;
        assert_eq!(
            late.status,
            StatusCode::UNAUTHORIZED,
            "a form sent after the session has expired is not lost: {by:?}"
        );
    }
}

#[tokio::test]
async fn w7_every_form_rejects_unknown_fields() {
    let app = App::signed_in().await;
    for (path, fields) in [
        ("/ui/logout", vec![]),
        ("/ui/logout/everywhere", vec![]),
        ("/ui/preferences/theme", vec![("theme", "dark"), ("page", "/")]),
        ("/ui/preferences/columns", vec![("page", "/")]),
    ] {
        let fields = [fields, vec![("role", "admin")]].concat();
        let answer = app.post(path, &fields, By::Script).await;
        assert_eq!(answer.invalid_fields(), ["role"], "{path}");
    }
}

#[tokio::test]
async fn a_search_for_a_nul_character_does_not_match_everything() {
    let app = App::signed_in().await;
    app.create_registry(&[("name", "one")]).await;
    assert_eq!(app.page("/ui/image-registries/list?q=%00zzz").await.status, StatusCode::BAD_REQUEST);
}

/// A server on a socket, with room for few connections.
async fn serving(app: &App, room: u64) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = router(app.state.clone(), HttpOptions::new(CookiePolicy::Secure));
    tokio::spawn(serve(listener, router, 160 + room, std::future::pending()));
    address
}

async fn get(address: std::net::SocketAddr, path: &str, cookie: &str) -> String {
    exchange(address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n")).await
}

async fn exchange(address: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn w13_silent_anonymous_connections_are_evicted_for_new_ones() {
    let app = App::signed_in().await;
    let cookie = app.cookie().unwrap();
    let address = serving(&app, 20).await;
    let mut strangers = Vec::new();
    for index in 0..200 {
        let mut stranger = TcpStream::connect(address).await.unwrap();
        if index % 2 == 0 {
            let _ = stranger.write_all(b"POST /ui/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n").await;
        }
        strangers.push(stranger);
    }
    for path in ["/healthz", "/image-registries"] {
        // Sooner than the timeout of the silent connections.
        let answer = tokio::time::timeout(Duration::from_secs(8), get(address, path, &cookie)).await;
        assert!(answer.as_ref().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")), "{path}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_in_event_stream_survives_a_flood_of_anonymous_connections() {
    let app = App::signed_in().await;
    let address = serving(&app, 20).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let cookie = app.cookie().unwrap();
    stream.write_all(format!("GET /events HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n").as_bytes()).await.unwrap();
    let mut buffer = [0; 1024];
    assert!(stream.read(&mut buffer).await.unwrap() > 0);
    let mut strangers = Vec::new();
    for _ in 0..200 {
        strangers.push(TcpStream::connect(address).await.unwrap());
    }
    assert_eq!(strangers[0].read(&mut buffer).await.unwrap_or_default(), 0, "anonymous connections are evicted");
    app.state.end_streams();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.map(drop).unwrap_or_default();
    assert!(String::from_utf8_lossy(&rest).contains("0\r\n\r\n"), "the stream ended properly, without a reset");
}

#[tokio::test(flavor = "multi_thread")]
async fn w13_a_client_that_never_reads_its_responses_is_disconnected() {
    let app = App::fresh().await;
    let address = serving(&app, 20).await;
    let page = get(address, "/login", "").await;
    let Some((_, rest)) = page.split_once("\"wasm\":\"") else {
        assert!(std::env::var_os("PORTOLAN_EXPECT_ASSETS").is_none(), "the server was built without its assets");
        return;
    };
    let path = rest.split('"').next().unwrap();
    let size = get(address, path, "").await.len();
    assert!(size > 250_000, "{path}: {size}");
    let mut deaf = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").repeat(120);
    deaf.write_all(request.as_bytes()).await.unwrap();
    // Longer than the write timeout plus the interval of the check for stalled connections.
    tokio::time::sleep(Duration::from_secs(37)).await;
    let mut bytes = 0;
    let mut buffer = vec![0; 1024 * 1024];
    while let Ok(read) = deaf.read(&mut buffer).await
        && read > 0
    {
        bytes += read;
    }
    assert!(bytes < 60 * size, "{bytes} bytes of 120 times {size}: the rest was given up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_log_in_is_answered_during_a_flood_of_connections() {
    let app = App::signed_in().await;
    let address = serving(&app, 10).await;
    let log_in = |password: &str| {
        let form = format!("user_name=anna&password={password}");
        let length = form.len();
        format!(
            "POST /ui/login HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
        )
    };
    for _ in 0..7 {
        exchange(address, &log_in("wrong")).await;
    }
    let waiting = tokio::spawn(async move { exchange(address, &log_in("correct+horse+battery")).await });
    while !waiting.is_finished() {
        drop(TcpStream::connect(address).await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let answer = waiting.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
