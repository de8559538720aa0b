//! Connection tests, before a form is saved.

use super::kit::{App, By};
use super::registry::Registry;
use app::AppError;
use domain::Phase;
use http::StatusCode;
use std::sync::atomic::Ordering;

const NEW: &str = "/ui/image-registries/create/test";
const EDITED: &str = "/ui/image-registries/update/test";

#[tokio::test(flavor = "multi_thread")]
async fn a_new_registry_is_tested_without_a_name_and_nothing_is_stored() {
    let registry = Registry::with_status(200).await;
    let app = App::checking().await;
    let form = [("url", registry.url.as_str()), ("name", ""), ("page", "/image-registries/create")];
    let report = app.post(NEW, &form, By::Script).await.report();
    assert_eq!(report.phase, Phase::Connected);
    assert_eq!(report.reason, "Anonymous access, pull not verified: no image to try");
    assert_eq!(report.steps.len(), 3);

    let page = app.post(NEW, &form, By::PlainForm).await;
    assert_eq!(page.status, StatusCode::OK);
    for text in
        ["Connection test", "Anonymous access, pull not verified: no image to try", "Nothing was saved.", &registry.url]
    {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    assert_eq!(app.list("").await.page_info.total, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_connection_fields_are_reported_without_connecting() {
    let registry = Registry::with_status(200).await;
    let app = App::checking().await;
    let form = [
        ("url", registry.url.as_str()),
        ("username", "someone"),
        ("ca_certificates", "none"),
        ("page", "/image-registries/create"),
    ];
    let answer = app.post(NEW, &form, By::Script).await;
    assert_eq!(answer.invalid_fields(), ["ca_certificates", "password"]);
    let page = app.post(NEW, &form, By::PlainForm).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("Enter the password, or leave both fields empty"), "{}", page.text);
    assert_eq!(registry.asked.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn t5_t6_a_connection_test_sends_the_stored_password_only_to_its_own_origin() {
    let registry = Registry::with_credentials("robot", "canary-stored").await;
    let elsewhere = Registry::with_credentials("robot", "canary-stored").await;
    let app = App::checking().await;
    let stored = [("url", registry.url.as_str()), ("username", "robot"), ("password", "canary-stored")];
    let id = app.create_registry(&[&[("name", "one")], &stored[..]].concat()).await;
    app.checked("default", "one").await;

    let edit = |url: &str, username: &str, password: &str| {
        [("registry", &*id), ("based_on", "1"), ("url", url), ("username", username), ("password", password)]
            .map(|(name, value)| (name, value.to_owned()))
    };
    let test = async |fields: &[(&str, String)], more: &[(&str, &str)]| {
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied()).collect();
        app.post(EDITED, &fields, By::Script).await
    };
    let kept = test(&edit(&registry.url, "robot", ""), &[]).await;
    assert_eq!(kept.report().reason, "Credentials accepted, pull not verified: no image to try");
    let wrong = test(&edit(&registry.url, "robot", "wrong"), &[]).await;
    assert_eq!(wrong.report().reason, "Username or password rejected");
    let removed = test(&edit(&registry.url, "robot", ""), &[("remove_credentials", "yes")]).await;
    assert_eq!(removed.report().reason, "Credentials required");

    let before = elsewhere.asked.load(Ordering::SeqCst);
    for (fields, more) in [
        (edit(&elsewhere.url, "robot", ""), None),
        (edit(&registry.url, "other", ""), None),
        (edit(&registry.url, "robot", ""), Some(("skip_verification", "yes"))),
        (edit(&registry.url, "robot", ""), Some(("token_service", "evil.example"))),
    ] {
        let answer = test(&fields, more.as_slice()).await;
        assert_eq!(answer.invalid_fields(), ["password"], "{fields:?} {more:?}");
    }
    assert_eq!(elsewhere.asked.load(Ordering::SeqCst), before, "no other host was contacted");
    let gone = test(&edit(&registry.url, "robot", ""), &[("version", "2")]).await;
    assert_eq!(gone.invalid_fields(), ["version"], "unknown fields are rejected");
    assert_eq!(app.details("default", "one").await.version, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn s6_a_password_entered_for_a_connection_test_is_not_sent_back() {
    let registry = Registry::with_credentials("robot", "right").await;
    let app = App::checking().await;
    let form = [
        ("url", registry.url.as_str()),
        ("username", "robot"),
        ("password", "canary-typed"),
        ("page", "/image-registries/create"),
    ];
    for by in [By::Script, By::PlainForm] {
        let answer = app.post(NEW, &form, by).await;
        assert!(answer.text.contains("Username or password rejected"), "{}", answer.text);
        assert!(!answer.text.contains("canary-typed"), "{}", answer.text);
        assert_eq!(answer.text.contains("Enter it again. For security"), by == By::PlainForm);
    }
    let form = [("url", registry.url.as_str()), ("password", ""), ("page", "/image-registries/create")];
    let answer = app.post(NEW, &form, By::PlainForm).await;
    assert!(!answer.text.contains("Enter it again"), "nothing was typed there: {}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn t7_after_ten_connection_tests_a_minute_the_next_one_is_told_to_wait() {
    let registry = Registry::with_status(200).await;
    let app = App::checking().await;
    let form = [("url", registry.url.as_str()), ("page", "/image-registries/create")];
    for _ in 0..10 {
        assert_eq!(app.post(NEW, &form, By::Script).await.status, StatusCode::OK);
    }
    for by in [By::Script, By::PlainForm] {
        let answer = app.post(NEW, &form, by).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.header("retry-after"), "60");
        match by {
            By::Script => assert_eq!(answer.expect_error(), AppError::RateLimited(60)),
            By::PlainForm => assert!(answer.text.contains("Try again in 60 seconds"), "{}", answer.text),
        }
    }
    assert_eq!(registry.asked.load(Ordering::SeqCst), 10);
    let trail = app.page("/audit/export?format=csv&event=connection.test").await.text;
    assert_eq!(trail.lines().count(), 1 + 10, "what was not tested is not recorded: {trail}");
    app.clock.advance(60_000);
    assert_eq!(app.post(NEW, &form, By::Script).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t7_hanging_connection_tests_do_not_block_other_requests() {
    let registry = Registry::with_status(0).await;
    let app = std::sync::Arc::new(App::checking().await);
    let hanging: Vec<_> = (0..8)
        .map(|_| {
            let (app, url) = (app.clone(), registry.url.clone());
            tokio::spawn(async move { app.post(NEW, &[("url", &url)], By::Script).await.status })
        })
        .collect();
    assert_eq!(app.page("/image-registries").await.status, StatusCode::OK);
    let mut statuses = Vec::new();
    for hanging in hanging {
        statuses.push(hanging.await.unwrap());
    }
    let refused = statuses.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS).count();
    assert_eq!(refused, 4, "{statuses:?}");
}
