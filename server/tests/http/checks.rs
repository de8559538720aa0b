//! Checks, from the form to the result in the database.

use super::kit::{App, By, DAY, execute, wait_until};
use super::registry::Registry;
use domain::Phase;
use http::StatusCode;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_registry_is_checked_at_once_and_its_steps_are_stored() {
    let registry = Registry::with_status(200).await;
    let app = App::checking().await;
    app.create_registry(&[("name", "one"), ("url", &registry.url)]).await;
    let details = app.checked("default", "one").await;
    assert_eq!(details.status.phase, Phase::Connected);
    assert_eq!(details.status.reason, "Anonymous access, pull not verified: no image to try");
    assert_eq!(app.ago(&details.connected.unwrap()), "just now");
    let labels: Vec<_> = details.report.unwrap().steps.into_iter().map(|step| step.label).collect();
    assert_eq!(labels, ["Address", "Connection", "Registry API"]);

    let list = app.list("status=Connected").await;
    assert_eq!(list.rows[0].status.checked, Some(details.checked.unwrap().at));
    let page = app.page("/image-registries/default/one").await.text;
    assert!(page.contains("Registry API") && page.contains("name a test image"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_now_updates_the_status_and_keeps_the_time_of_the_last_success() {
    let registry = Registry::with_status(200).await;
    let app = App::checking().await;
    let id = app.create_registry(&[("name", "one"), ("url", &registry.url)]).await;
    let before = app.checked("default", "one").await;
    registry.set_status(500);
    app.clock.advance(120_000);
    app.post("/ui/image-registries/check", &[("id", &id)], By::Script).await.form_response();
    let hiccup = app.checked("default", "one").await;
    assert_eq!(hiccup.status.phase, Phase::Connected, "one transient error is not a failure");
    assert_eq!(hiccup.status.reason, "Checking again: Registry returned a server error");
    app.clock.advance(2_000);
    wait_until(|| registry.asked.load(Ordering::SeqCst) == 3).await;
    app.checked("default", "one").await;
    for by in [By::Script, By::PlainForm] {
        let fields = [("id", id.as_str()), ("page", "/image-registries/default/one")];
        let answer = app.post("/ui/image-registries/check", &fields, by).await;
        match by {
            By::Script => assert_eq!(answer.form_response().flash.unwrap(), "Checking one image registry."),
            By::PlainForm => assert_eq!(answer.redirect(), "/image-registries/default/one"),
        }
        let after = app.checked("default", "one").await;
        assert_eq!(after.status.phase, Phase::Failed);
        assert_eq!(after.status.reason, "Registry returned a server error");
        assert_eq!(after.connected, before.connected, "the time of the last success is kept");
        assert_eq!(app.ago(&after.status_since), "just now", "the phase keeps the time of the first failure");
    }
    registry.set_status(429);
    app.post("/ui/image-registries/check", &[("id", &id)], By::Script).await.form_response();
    let limited = app.checked("default", "one").await;
    assert_eq!(limited.status.phase, Phase::Failed);
    assert_eq!(limited.status.reason, "Registry returned a server error", "a rate limit does not change the phase");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_registries_can_be_checked_at_once() {
    let app = App::signed_in().await;
    let one = app.create_registry(&[("name", "one")]).await;
    let two = app.create_registry(&[("name", "two")]).await;
    let answer = app.post("/ui/image-registries/check", &[("id", &one), ("id", &two)], By::Script).await;
    assert_eq!(answer.form_response().flash.unwrap(), "Checking 2 image registries.");
    let answer = app.post("/ui/image-registries/check", &[("id", "gone")], By::Script).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let answer =
        app.post("/ui/image-registries/check", &[("id", &one), ("url", "http://evil.example")], By::Script).await;
    assert_eq!(answer.invalid_fields(), ["url"], "a stored registry is checked by its id");
}

#[tokio::test(flavor = "multi_thread")]
async fn periodic_checks_repeat_and_slow_down_after_failures() {
    let registry = Registry::with_status(200).await;
    let app = App::checking().await;
    app.create_registry(&[("name", "one"), ("url", &registry.url)]).await;
    app.checked("default", "one").await;
    assert_eq!(registry.asked.load(Ordering::SeqCst), 1);
    registry.set_status(500);
    // Five minutes plus a tenth at most.
    app.clock.advance(6 * 60_000);
    wait_until(|| registry.asked.load(Ordering::SeqCst) == 2).await;
    app.checked("default", "one").await;
    // After two retries the registry is marked as failed.
    app.clock.advance(2_000);
    wait_until(|| registry.asked.load(Ordering::SeqCst) == 3).await;
    app.checked("default", "one").await;
    app.clock.advance(10_000);
    wait_until(|| registry.asked.load(Ordering::SeqCst) == 4).await;
    assert_eq!(app.checked("default", "one").await.status.phase, Phase::Failed);
    app.clock.advance(6 * 60_000);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(registry.asked.load(Ordering::SeqCst), 4, "the interval is longer after a failure");
    app.clock.advance(4 * 60_000);
    wait_until(|| registry.asked.load(Ordering::SeqCst) == 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_edited_or_deleted_during_a_check_ignores_the_result() {
    let slow = Registry::with_status(0).await;
    let fast = Registry::with_status(200).await;
    let app = App::checking().await;
    let id = app.create_registry(&[("name", "one"), ("url", &slow.url)]).await;
    wait_until(|| slow.asked.load(Ordering::SeqCst) == 1).await;
    let edit = [("registry", id.as_str()), ("based_on", "1"), ("url", fast.url.as_str()), ("repository", "")];
    assert_eq!(app.post("/ui/image-registries/update", &edit, By::Script).await.status, StatusCode::OK);
    assert_eq!(app.checked("default", "one").await.status.phase, Phase::Connected);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let after = app.checked("default", "one").await;
    assert_eq!(after.status.phase, Phase::Connected, "the result of the old check is dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_a_sealed_password_moved_to_another_row_is_not_used() {
    let registry = Registry::with_status(200).await;
    let app = App::signed_in().await;
    let url = registry.url.as_str();
    let credentials = [("username", "robot"), ("password", "canary-moved")];
    let one = app.create_registry(&[&[("name", "one"), ("url", url)], &credentials[..]].concat()).await;
    app.create_registry(&[&[("name", "two"), ("url", url)], &credentials[..]].concat()).await;
    execute(
        app.folder.path(),
        "update image_registry set password_sealed = (select password_sealed from image_registry where name = 'two') where name = 'one'",
    )
    .await;
    tokio::spawn(server::run_in_background(app.state.clone()));
    tokio::time::sleep(Duration::from_millis(200)).await;
    app.post("/ui/image-registries/check", &[("id", &one)], By::Script).await.form_response();
    let details = app.checked("default", "one").await;
    assert_eq!(details.status.reason, "Stored password cannot be read");
    assert_eq!(registry.asked.load(Ordering::SeqCst), 0, "no connection was opened");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_requested_during_a_check_runs_afterwards() {
    let registry = Registry::with_status(0).await;
    let app = App::checking().await;
    let id = app.create_registry(&[("name", "one"), ("url", &registry.url)]).await;
    wait_until(|| registry.asked.load(Ordering::SeqCst) == 1).await;
    app.clock.advance(10);
    registry.set_status(200);
    app.post("/ui/image-registries/check", &[("id", &id)], By::Script).await.form_response();
    wait_until(|| registry.asked.load(Ordering::SeqCst) == 2).await;
    assert_eq!(app.checked("default", "one").await.status.phase, Phase::Connected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_a_day_ahead_does_not_delay_checks() {
    let registry = Registry::with_status(200).await;
    let mut app = App::checking().await;
    app.clock.jump(DAY);
    app.log_in().await;
    app.create_registry(&[("name", "one"), ("url", &registry.url)]).await;
    app.checked("default", "one").await;
    let before = registry.asked.load(Ordering::SeqCst);
    app.clock.jump(-DAY);
    wait_until(|| registry.asked.load(Ordering::SeqCst) > before).await;
    // The old session's times are in the future.
    app.log_in().await;
    let details = app.checked("default", "one").await;
    assert_eq!(app.ago(&details.checked.unwrap()), "just now");
    assert_eq!(app.ago(&details.created), "in the future");
    let asked = registry.asked.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(registry.asked.load(Ordering::SeqCst), asked, "and it is checked only once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requested_check_survives_a_restart_without_periodic_checks() {
    let registry = Registry::with_status(200).await;
    let app = App::signed_in().await;
    let id = app.create_registry(&[("name", "one"), ("url", &registry.url)]).await;
    app.post("/ui/image-registries/check", &[("id", &id)], By::Script).await.form_response();
    tokio::spawn(server::run_in_background(app.state.clone()));
    let details = app.checked("default", "one").await;
    assert_eq!(details.status.reason, "Blocked by address policy: 127.0.0.1 (loopback)");
}

/// docker/hub-feedback#814, #1309, #1392: a service that retries an outdated password locks the account.
#[tokio::test(flavor = "multi_thread")]
async fn twenty_registries_of_one_account_try_a_rejected_password_once() {
    let registry = Registry::with_credentials("robot", "the old one").await;
    let app = App::checking().await;
    let names: Vec<_> = (0..20).map(|number| format!("r{number}")).collect();
    let account = [("url", registry.url.as_str()), ("username", "robot"), ("password", "the old one")];
    let mut ids = Vec::new();
    for name in &names {
        ids.push(app.create_registry(&[&[("name", name.as_str())], &account[..]].concat()).await);
        assert_eq!(app.checked("default", name).await.status.phase, Phase::Connected);
    }
    registry.set_credentials("robot", "the new one");
    for _ in 0..3 {
        app.clock.advance(11 * 60_000);
        for name in &names {
            let rejected = "Username or password rejected";
            while app.checked("default", name).await.status.reason != rejected {
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        }
    }
    assert_eq!(registry.wrong_log_ins.load(Ordering::SeqCst), 1);

    // A person may ask for a check. If the password is accepted, all registries with it are checked again.
    registry.set_credentials("robot", "the old one");
    app.post("/ui/image-registries/check", &[("id", &ids[0])], By::Script).await.form_response();
    for name in &names {
        while app.checked("default", name).await.status.phase != Phase::Connected {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
    assert_eq!(registry.wrong_log_ins.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requested_check_does_not_wait_behind_unresponsive_registries() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let registry = Registry::with_status(200).await;
    let app = App::checking().await;
    let mut ids = Vec::new();
    for number in 0..50 {
        ids.push(app.create_registry(&[("name", &format!("dead{number}")), ("url", &url)]).await);
    }
    // Another user has requested checks of all of them, which never finish.
    let all: Vec<_> = ids.iter().map(|id| ("id", id.as_str())).collect();
    app.post("/ui/image-registries/check", &all, By::Script).await.form_response();
    tokio::time::sleep(Duration::from_secs(1)).await;
    app.clock.advance(1);
    app.create_registry(&[("name", "one"), ("url", &registry.url)]).await;
    // Far less than the ten seconds after which the first of the other checks times out.
    let begun = tokio::time::timeout(Duration::from_secs(5), wait_until(|| registry.asked.load(Ordering::SeqCst) == 1));
    begun.await.unwrap();
}
