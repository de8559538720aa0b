//! The test image, from the form to the database and back.

use super::kit::{Answer, App, By, execute};
use super::registry::Registry;
use domain::Phase;
use http::StatusCode;
use std::sync::atomic::Ordering;

async fn update(app: &App, id: &str, based_on: &str, test_image: &str, by: By) -> Answer {
    let form = [
        ("registry", id),
        ("based_on", based_on),
        ("url", "https://registry.example.com:5000"),
        ("repository", "team"),
        ("test_image", test_image),
        ("username", "robot"),
        ("page", "/image-registries/default/one/edit"),
    ];
    app.post("/ui/image-registries/update", &form, by).await
}

#[tokio::test]
async fn a_test_image_is_stored_shown_and_changed_without_the_password() {
    let app = App::signed_in().await;
    let id = app
        .create_registry(&[
            ("name", "one"),
            ("url", "https://registry.example.com:5000"),
            ("repository", "team"),
            ("test_image", "docker pull registry.example.com:5000/team/app:1.2"),
            ("username", "robot"),
            ("password", "canary"),
        ])
        .await;
    assert_eq!(app.details("default", "one").await.test_image, "app:1.2");
    let page = app.page("/image-registries/default/one").await.text;
    assert!(page.contains("registry.example.com:5000/team/app:1.2"), "{page}");
    assert!(app.page("/image-registries/default/one/edit").await.text.contains("value=\"app:1.2\""));

    update(&app, &id, "1", "boat", By::Script).await.form_response();
    let details = app.details("default", "one").await;
    assert_eq!((details.test_image.as_str(), details.username.as_deref()), ("boat", Some("robot")));

    let stale = update(&app, &id, "1", "mine", By::PlainForm).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.text.contains("<dd>boat</dd>") && stale.text.contains("value=\"mine\""), "{}", stale.text);

    update(&app, &id, "2", "", By::Script).await.form_response();
    assert_eq!(app.details("default", "one").await.test_image, "");
    assert!(!app.page("/image-registries/default/one").await.text.contains("<dt>Test image"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_test_image_is_an_error_of_its_field() {
    let registry = Registry::with_status(200).await;
    let app = App::checking().await;
    for (typed, sentence) in [
        ("Team/App", "use team/app instead"),
        ("app:-", "is not a valid tag"),
        ("ghcr.io/team/app:1", "This image is on ghcr.io"),
    ] {
        let form = [
            ("name", "one"),
            ("workspace", "default"),
            ("url", registry.url.as_str()),
            ("test_image", typed),
            ("page", "/image-registries/create"),
        ];
        for path in ["/ui/image-registries/create", "/ui/image-registries/create/test"] {
            let answer = app.post(path, &form, By::Script).await;
            assert_eq!(answer.invalid_fields(), ["test_image"], "{typed}");
            let page = app.post(path, &form, By::PlainForm).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.text.contains(sentence), "{sentence}: {}", page.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_forms_test_the_connection_with_the_test_image() {
    let registry = Registry::with_credentials("robot", "canary").await;
    let app = App::checking().await;
    let connection = [
        ("url", registry.url.as_str()),
        ("repository", "team"),
        ("test_image", "app:1.2"),
        ("username", "robot"),
        ("password", "canary"),
    ];
    app.post("/ui/image-registries/create/test", &connection, By::Script).await.report();
    let id = app.create_registry(&[&[("name", "one")], &connection[..]].concat()).await;
    let kept = [&[("registry", id.as_str()), ("based_on", "1")], &connection[..4]].concat();
    app.post("/ui/image-registries/update/test", &kept, By::Script).await.report();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_test_image_in_the_database_is_not_requested() {
    let registry = Registry::with_status(200).await;
    let app = App::checking().await;
    let id = app.create_registry(&[("name", "one"), ("url", &registry.url)]).await;
    app.checked("default", "one").await;
    execute(app.folder.path(), "update image_registry set test_image = 'No:'").await;
    let asked = registry.asked.load(Ordering::SeqCst);
    app.post("/ui/image-registries/check", &[("id", &id)], By::Script).await.form_response();
    let details = app.checked("default", "one").await;
    assert_ne!(details.status.phase, Phase::Connected, "{details:?}");
    assert_eq!(registry.asked.load(Ordering::SeqCst), asked, "no connection is opened");
}
