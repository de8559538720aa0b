//! How much, and how long.

use super::app::{App, By};
use axum::body::Body;
use http::StatusCode;
use server::{Cookies, HttpOptions, router, serve};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::test]
async fn a_body_beyond_a_mebibyte_is_refused() {
    let app = App::signed_in().await;
    let long = "x".repeat(1024 * 1024 + 1);
    let answer = app.post("/ui/workspaces/create", &[("name", &long)], By::Script).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);

    // The same without saying beforehand how long it is.
    let (mut head, _) = app.form("/ui/workspaces/create", &[], By::Script).into_parts();
    head.headers.remove("content-length");
    let chunks = (0..80).map(|_| Ok::<_, std::io::Error>("x".repeat(16 * 1024)));
    let body = Body::from_stream(futures_util::stream::iter(chunks));
    assert_eq!(app.send(http::Request::from_parts(head, body)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let app = App::fresh().await;
    let (head, _) = app.form("/ui/login", &[], By::Script).into_parts();
    let body = Body::from_stream(futures_util::stream::pending::<Result<String, std::io::Error>>());
    // From here on, time passes whenever everyone waits.
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let answer = app.send(http::Request::from_parts(head, body)).await;
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(begun.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn sixteen_kibibytes_of_anything_are_an_answer() {
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
async fn who_never_ends_a_head_is_hung_up_on() {
    let app = App::fresh().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let router = router(app.portolan.clone(), HttpOptions::new(Cookies::Secure));
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
