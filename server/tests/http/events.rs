//! The event stream.

use super::kit::{App, By, DAY, RequestExt, wait_until};
use super::registry::Registry;
use app::BACKGROUND_HEADER;
use futures_util::StreamExt;
use http::{Method, StatusCode};
use server::SessionLimits;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Reads a stream until it contains `word` or ends.
pub async fn heard(stream: &mut axum::body::BodyDataStream, word: &str) -> String {
    let mut text = String::new();
    while !text.contains(word)
        && let Some(piece) = tokio::time::timeout(Duration::from_secs(10), stream.next()).await.unwrap()
    {
        text.push_str(&String::from_utf8_lossy(&piece.unwrap()));
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_of_a_check_is_streamed_until_the_server_stops() {
    let registry = Registry::with_status(200).await;
    let app = App::checking().await;
    let mut events = app.stream("/events").await;
    let id = app
        .create_registry(&[("name", "one"), ("url", &registry.url), ("username", "u"), ("password", "canary-event")])
        .await;
    let text = heard(&mut events, "Connected").await;
    assert!(text.contains(&id) && !text.contains("canary-event"), "{text}");
    app.state.end_streams();
    heard(&mut events, "never said").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_stream_turns_off_proxy_buffering() {
    let app = App::signed_in().await;
    let answer = app.send(app.request(Method::HEAD, "/events")).await;
    assert_eq!(answer.header("x-accel-buffering"), "no");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_stream_that_missed_an_event_gets_a_resync() {
    let registry = Registry::with_status(200).await;
    let app = App::checking().await;
    let first = last_event(&app).await;
    app.create_registry(&[("name", "one"), ("url", &registry.url)]).await;
    app.checked("default", "one").await;
    let last = number_after(&app, first).await;
    for (since, behind) in [(first, true), (last, false), (last + DAY, true)] {
        let mut events = app.stream(&format!("/events?since={since}")).await;
        let piece = tokio::time::timeout(Duration::from_secs(5), events.next()).await.unwrap().unwrap().unwrap();
        let text = String::from_utf8_lossy(&piece).into_owned();
        assert_eq!(text.contains("Resync"), behind, "{since}: {text}");
        assert!(text.contains(&format!("id: {last}")), "{text}");
    }
}

/// The number of the last event before a page was rendered, as the page tells its script.
async fn last_event(app: &App) -> i64 {
    let page = app.page("/image-registries").await.text;
    let (_, number) = page.split_once("as_of").unwrap();
    let number = number.trim_start_matches(|c: char| !c.is_ascii_digit());
    number.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn event_numbers_do_not_depend_on_the_clock() {
    let registry = Registry::with_status(200).await;
    let app = App::checking().await;
    let id = app.create_registry(&[("name", "one"), ("url", &registry.url)]).await;
    app.checked("default", "one").await;
    let before = app.details("default", "one").await.status.as_of;
    app.clock.jump(-12_000);
    let mut app = app;
    app.log_in().await;
    app.post("/ui/image-registries/check", &[("id", &id)], By::Script).await.form_response();
    wait_until(|| registry.asked.load(Ordering::SeqCst) >= 2).await;
    number_after(&app, before).await;
}

/// The number of the last event, once it exceeds `before`: events are published shortly after they are stored.
async fn number_after(app: &App, before: i64) -> i64 {
    for _ in 0..400 {
        let number = app.details("default", "one").await.status.as_of;
        if number > before {
            return number;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("no event was published");
}

#[tokio::test]
async fn the_event_stream_needs_a_session_and_does_not_extend_it() {
    assert_eq!(App::fresh().await.page("/events").await.status, StatusCode::UNAUTHORIZED);
    let app = App::signed_in().await;
    let in_background = || app.request(Method::GET, "/ui/image-registries/list").with_header(BACKGROUND_HEADER, "yes");
    for _ in 0..2 {
        app.clock.advance(SessionLimits::DEFAULT.idle / 3);
        drop(app.stream("/events").await);
        let answer = app.send(in_background()).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    app.clock.advance(SessionLimits::DEFAULT.idle / 3);
    assert_eq!(app.page("/events").await.status, StatusCode::UNAUTHORIZED, "the session was idle for half an hour");
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_ends_only_the_event_streams_of_that_session() {
    let mut app = App::signed_in().await;
    let other = app.cookie();
    app.set_cookie(None);
    app.log_in().await;
    let mut mine = app.stream("/events").await;
    app.post("/ui/logout", &[], By::Script).await.form_response();
    heard(&mut mine, "never said").await;
    app.set_cookie(other.as_deref());
    let mut others = app.stream("/events").await;
    heard(&mut others, "id:").await;
    assert!(tokio::time::timeout(Duration::from_millis(300), others.next()).await.is_err(), "still open");
    app.post("/ui/logout/everywhere", &[], By::Script).await.form_response();
    heard(&mut others, "never said").await;
}

#[tokio::test]
async fn a_session_may_open_a_limited_number_of_event_streams() {
    let app = App::signed_in().await;
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(app.stream("/events").await);
    }
    let refused = app.page("/events").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_ne!(refused.header("retry-after"), "");
    open.pop();
    drop(app.stream("/events").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn w6_a_stream_says_nothing_of_a_workspace_that_one_may_not_see() {
    let registry = Registry::with_status(200).await;
    let mut app = App::checking().await;
    app.create_workspace("team").await;
    app.create_workspace("secret").await;
    let bo = app.person("bo", "None", &[("team", "Viewer")]).await;
    let administrator = app.cookie();
    app.set_cookie(Some(&bo));
    let mut events = app.stream("/events").await;
    app.set_cookie(administrator.as_deref());
    let hidden = app.create_registry(&[("name", "one"), ("workspace", "secret"), ("url", &registry.url)]).await;
    app.checked("secret", "one").await;
    let shown = app.create_registry(&[("name", "two"), ("workspace", "team"), ("url", &registry.url)]).await;
    let text = heard(&mut events, &shown).await;
    assert!(!text.contains(&hidden) && text.contains(&shown), "{text}");
}
