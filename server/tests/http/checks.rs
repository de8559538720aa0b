//! Checks, from a form to the outcome in the database.

use super::app::{App, By, DAY};
use super::registry::Registry;

use http::StatusCode;

use std::sync::atomic::Ordering;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_registry_is_checked_at_once_and_its_way_is_kept() {
    let registry = Registry::answering(200).await;
    let app = App::checking().await;
    app.given(&[("name", "one"), ("url", &registry.url)]).await;
    let details = app.checked("default", "one").await;
    assert_eq!(details["status"]["phase"], "Connected");
    assert_eq!(details["status"]["reason"], "anonymous access, pull not proved");
    assert_eq!(details["connected"]["age"], 0);
    let labels: Vec<_> =
        details["report"]["hops"].as_array().unwrap().iter().map(|hop| hop["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["Address", "Connection", "Registry API"]);

    let list = app.page("/ui/image-registries/list?status=Connected").await.json();
    assert_eq!(list["rows"][0]["status"]["checked"], 0);
    let page = app.page("/image-registries/default/one").await.text;
    assert!(page.contains("Registry API") && page.contains("To have pull access proved"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_now_finds_what_has_changed_and_remembers_when_it_worked() {
    let registry = Registry::answering(200).await;
    let app = App::checking().await;
    let id = app.given(&[("name", "one"), ("url", &registry.url)]).await;
    let before = app.checked("default", "one").await;
    registry.now_answers(503);
    app.clock.advance(120_000);
    for by in [By::Script, By::PlainForm] {
        let fields = [("id", id.as_str()), ("page", "/image-registries/default/one")];
        let answer = app.post("/ui/image-registries/check", &fields, by).await;
        match by {
            By::Script => assert_eq!(answer.json()["message"], "Checking one image registry."),
            By::PlainForm => assert_eq!(answer.location(), "/image-registries/default/one"),
        }
        let after = app.checked("default", "one").await;
        assert_eq!(after["status"]["phase"], "Failed");
        assert_eq!(after["status"]["reason"], "the server reports an error of its own");
        assert_eq!(after["connected"]["exact"], before["connected"]["exact"], "it is still known when it last worked");
        assert_eq!(after["status_since"]["age"], 0, "since it failed, not since it was last looked at");
    }
    registry.now_answers(429);
    app.post("/ui/image-registries/check", &[("id", &id)], By::Script).await;
    assert_eq!(app.checked("default", "one").await["status"]["reason"], "rate limited");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_can_be_checked_at_once_and_none_is_an_error() {
    let app = App::signed_in().await;
    let one = app.given(&[("name", "one")]).await;
    let two = app.given(&[("name", "two")]).await;
    let answer = app.post("/ui/image-registries/check", &[("id", &one), ("id", &two)], By::Script).await;
    assert_eq!(answer.json()["message"], "Checking 2 image registries.");
    let answer = app.post("/ui/image-registries/check", &[("id", "gone")], By::Script).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let answer =
        app.post("/ui/image-registries/check", &[("id", &one), ("url", "http://evil.example")], By::Script).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "a stored registry is checked by its id alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn rounds_come_again_and_later_after_a_failure() {
    let registry = Registry::answering(200).await;
    let app = App::checking().await;
    app.given(&[("name", "one"), ("url", &registry.url)]).await;
    app.checked("default", "one").await;
    assert_eq!(registry.asked.load(Ordering::SeqCst), 1);
    // Five minutes and a tenth of that at most.
    app.clock.advance(6 * 60_000);
    registry.now_answers(500);
    until(|| registry.asked.load(Ordering::SeqCst) == 2).await;
    app.checked("default", "one").await;
    app.clock.advance(6 * 60_000);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(registry.asked.load(Ordering::SeqCst), 2, "after a failure it takes twice as long");
    app.clock.advance(6 * 60_000);
    until(|| registry.asked.load(Ordering::SeqCst) == 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_edited_or_deleted_during_its_check_keeps_nothing_of_it() {
    let slow = Registry::answering(0).await;
    let fast = Registry::answering(200).await;
    let app = App::checking().await;
    let id = app.given(&[("name", "one"), ("url", &slow.url)]).await;
    until(|| slow.asked.load(Ordering::SeqCst) == 1).await;
    let edit = [("registry", id.as_str()), ("based_on", "1"), ("url", fast.url.as_str()), ("repository", "")];
    assert_eq!(app.post("/ui/image-registries/update", &edit, By::Script).await.status, StatusCode::OK);
    assert_eq!(app.checked("default", "one").await["status"]["phase"], "Connected");
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(app.checked("default", "one").await["status"]["phase"], "Connected", "the old check is dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_moved_is_not_used() {
    let registry = Registry::answering(200).await;
    let app = App::signed_in().await;
    let url = registry.url.as_str();
    let credentials = [("username", "robot"), ("password", "canary-moved")];
    let one = app.given(&[&[("name", "one"), ("url", url)], &credentials[..]].concat()).await;
    app.given(&[&[("name", "two"), ("url", url)], &credentials[..]].concat()).await;
    let database = app.folder.path().join("portolan.db");
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", database.display())).await.unwrap();
    sqlx::query("update image_registry set password_sealed = (select password_sealed from image_registry where name = 'two') where name = 'one'")
        .execute(&pool)
        .await
        .unwrap();
    tokio::spawn(server::run_in_background(app.portolan.clone()));
    tokio::time::sleep(Duration::from_millis(200)).await;
    app.post("/ui/image-registries/check", &[("id", &one)], By::Script).await;
    let details = app.checked("default", "one").await;
    assert_eq!(details["status"]["reason"], "the stored password cannot be read");
    assert_eq!(registry.asked.load(Ordering::SeqCst), 0, "nobody was called");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_is_asked_for_during_a_check_is_another_check() {
    let registry = Registry::answering(0).await;
    let app = App::checking().await;
    let id = app.given(&[("name", "one"), ("url", &registry.url)]).await;
    until(|| registry.asked.load(Ordering::SeqCst) == 1).await;
    app.clock.advance(10);
    registry.now_answers(200);
    app.post("/ui/image-registries/check", &[("id", &id)], By::Script).await;
    until(|| registry.asked.load(Ordering::SeqCst) == 2).await;
    assert_eq!(app.checked("default", "one").await["status"]["phase"], "Connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_a_day_ahead_leaves_no_check_for_tomorrow() {
    let registry = Registry::answering(200).await;
    let mut app = App::checking().await;
    app.clock.jump(DAY);
    app.log_in().await;
    app.given(&[("name", "one"), ("url", &registry.url)]).await;
    app.checked("default", "one").await;
    let before = registry.asked.load(Ordering::SeqCst);
    app.clock.jump(-DAY);
    until(|| registry.asked.load(Ordering::SeqCst) > before).await;
    // The session began in the future.
    app.log_in().await;
    let details = app.checked("default", "one").await;
    assert_eq!(details["checked"]["age"], 0);
    assert_eq!(details["created"]["age"].as_i64().map(i64::signum), Some(-1));
    let asked = registry.asked.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(registry.asked.load(Ordering::SeqCst), asked, "and no storm of checks");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_was_asked_for_survives_a_restart_without_rounds() {
    let registry = Registry::answering(200).await;
    let app = App::signed_in().await;
    let id = app.given(&[("name", "one"), ("url", &registry.url)]).await;
    app.post("/ui/image-registries/check", &[("id", &id)], By::Script).await;
    tokio::spawn(server::run_in_background(app.portolan.clone()));
    let details = app.checked("default", "one").await;
    assert_eq!(details["status"]["reason"], "the address is not allowed here");
}

pub async fn until(done: impl Fn() -> bool) {
    for _ in 0..400 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it does not come to that");
}
