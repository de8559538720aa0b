//! The JSON API: resources, versions, pages, errors.

use super::kit::{App, RequestExt};
use super::manifests::administrator;
use api::image_registry::{BulkDeleted, ImageRegistry};
use api::list::List;
use api::workspace::Workspace;
use app::AppError;
use app::audit::AuditPage;
use app::image_registries::DeleteTarget;
use app::image_registries::port::ImageRegistries;
use axum::body::Body;
use futures_util::future::join_all;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const REGISTRIES: &str = "/workspaces/default/image_registries";

fn harbour() -> Value {
    json!({
        "api_version": "v1",
        "kind": "ImageRegistry",
        "metadata": {"name": "harbour", "workspace": "default", "labels": {"team": "a"}, "annotations": {"x/y": "any text"}},
        "spec": {"url": "https://registry.example.com", "repository": "team",
            "authconfig": {"username": "robot", "password": "canary-1"}},
    })
}

#[tokio::test]
async fn a_registry_is_created_read_changed_and_deleted() {
    let app = App::signed_in().await;
    let ci = app.token(&[]).await;
    let created = ci.post(REGISTRIES, &harbour()).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
    assert_eq!(created.header("location"), "/api/v1/workspaces/default/image_registries/harbour");
    let resource: ImageRegistry = created.json();
    assert_eq!(resource.status.image_prefix, "registry.example.com/team");
    assert_eq!(resource.metadata.labels["team"], "a");
    assert_eq!(resource.metadata.created_by, "anna (token ci)");
    assert_eq!(resource.status.credentials.unwrap().username, "robot");
    assert!(!created.text.contains("canary"));

    let path = "/workspaces/default/image_registries/harbour";
    let read = ci.get(path).await;
    assert_eq!((read.status, read.header("etag")), (StatusCode::OK, created.header("etag")));
    // The tag says nothing about the status, which may have changed since.
    let known = ci.request(Method::GET, path, None).with_header("if-none-match", read.header("etag"));
    assert_eq!(ci.send(known).await.status, StatusCode::OK);

    let patch = json!({"metadata": {"labels": {"team": null, "tier": "1"}}, "spec": {"repository": "other"}});
    let changed = ci.patch(path, read.header("etag"), &patch).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    let resource: ImageRegistry = changed.json();
    assert_eq!((resource.spec.repository.as_str(), resource.metadata.version), ("other", 2));
    assert_eq!(resource.metadata.labels.into_iter().collect::<Vec<_>>(), [("tier".to_owned(), "1".to_owned())]);
    assert!(resource.status.credentials.is_some(), "what the patch does not name stays");
    let page = app.page("/image-registries/default/harbour").await.text;
    assert!(page.contains(">tier=1</dd>") && page.contains(">x/y=any text</dd>"), "{page}");
    // The password is still that of the first request.
    let details = app.details("default", "harbour").await;
    assert_eq!(details.username.as_deref(), Some("robot"));

    let outdated = ci.patch(path, read.header("etag"), &patch).await;
    assert_eq!(
        (outdated.status, outdated.problem().0),
        (StatusCode::PRECONDITION_FAILED, "version-changed".to_owned())
    );
    let unversioned = ci.send(ci.request(Method::PATCH, path, Some(&patch))).await;
    assert_eq!(unversioned.status, StatusCode::PRECONDITION_REQUIRED);
    let unversioned = ci.send(ci.request(Method::DELETE, path, None)).await;
    assert_eq!(unversioned.status, StatusCode::PRECONDITION_REQUIRED);

    assert_eq!(ci.delete(path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ci.get(path).await.problem().0, "not-found");
}

#[tokio::test]
async fn a_registry_that_was_created_anew_has_another_version() {
    let app = App::signed_in().await;
    let ci = app.token(&[]).await;
    let before = ci.post(REGISTRIES, &harbour()).await;
    let path = format!("{REGISTRIES}/harbour");
    assert_eq!(ci.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ci.post(REGISTRIES, &harbour()).await.status, StatusCode::CREATED);
    let patched = ci.patch(&path, before.header("etag"), &json!({})).await;
    assert_eq!(patched.status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn credentials_are_kept_replaced_and_removed_by_a_patch() {
    let app = App::signed_in().await;
    let ci = app.token(&[]).await;
    ci.post(REGISTRIES, &harbour()).await.json::<ImageRegistry>();
    let path = format!("{REGISTRIES}/harbour");
    // The secret would go elsewhere: the password has to be sent again.
    let elsewhere = ci.patch(&path, "*", &json!({"spec": {"url": "https://elsewhere.example.com"}})).await;
    assert_eq!(elsewhere.problem(), ("invalid".to_owned(), vec!["/spec/authconfig/password".to_owned()]));
    let other_user = ci.patch(&path, "*", &json!({"spec": {"authconfig": {"username": "other"}}})).await;
    assert_eq!(other_user.problem(), ("invalid".to_owned(), vec!["/spec/authconfig/password".to_owned()]));
    let authconfig = json!({"username": "other", "password": "canary-2"});
    let replaced = ci.patch(&path, "*", &json!({"spec": {"authconfig": authconfig}})).await;
    assert_eq!(replaced.json::<ImageRegistry>().status.credentials.unwrap().username, "other");
    assert!(!replaced.text.contains("canary"));
    let removed = ci.patch(&path, "*", &json!({"spec": {"authconfig": null}})).await;
    assert_eq!(removed.json::<ImageRegistry>().status.credentials, None);
}

#[tokio::test]
async fn a_patch_that_changes_nothing_is_no_edit() {
    let app = App::signed_in().await;
    let ci = app.token(&[]).await;
    let created = ci.post(REGISTRIES, &harbour()).await.json::<ImageRegistry>();
    let path = format!("{REGISTRIES}/harbour");
    app.clock.advance(60_000);
    let same = json!({"metadata": {"labels": created.metadata.labels}, "spec": {"url": created.spec.url}});
    for patch in [json!({}), same] {
        let patched = ci.patch(&path, "*", &patch).await.json::<ImageRegistry>();
        assert_eq!(patched.metadata, created.metadata);
    }
    let events = app.page("/ui/audit/list?event=registry.edit").await.json::<AuditPage>();
    assert!(events.rows.is_empty(), "{events:?}");
    for (authconfig, expected) in [
        (json!(null), "Password: set → none"),
        (json!({"username": "robot", "password": "canary-2"}), "Password: set"),
        (json!({"username": "robot", "password": "canary-2"}), "Password: set → replaced"),
    ] {
        app.clock.advance(60_000);
        ci.patch(&path, "*", &json!({"spec": {"authconfig": authconfig}})).await.json::<ImageRegistry>();
        let events = app.page("/ui/audit/list?event=registry.edit").await.json::<AuditPage>();
        assert!(events.rows[0].changes.iter().any(|change| change == expected), "{expected}: {:?}", events.rows[0]);
    }
    let version = ci.get(&path).await.json::<ImageRegistry>().metadata.version;
    for _ in 0..2 {
        let patched = ci.patch(&path, "*", &json!({"spec": {"authconfig": null}})).await;
        assert_eq!(patched.json::<ImageRegistry>().metadata.version, version + 1, "anonymous from the first one on");
    }
}

#[tokio::test]
async fn every_broken_field_is_named_with_its_place() {
    let app = App::signed_in().await;
    let ci = app.token(&[]).await;
    let broken = json!({
        "metadata": {"name": "Bad Name", "labels": {"a b": "c"}},
        "spec": {"url": "ftp://x", "repository": "UP", "trust": {"ca_certificates": "no PEM"},
            "authconfig": {"username": "someone"}},
    });
    let (kind, mut pointers) = ci.post(REGISTRIES, &broken).await.problem();
    pointers.sort();
    assert_eq!(kind, "invalid");
    assert_eq!(
        pointers,
        [
            "/metadata/labels",
            "/metadata/name",
            "/spec/authconfig/password",
            "/spec/repository",
            "/spec/trust/ca_certificates",
            "/spec/url",
        ]
    );
    ci.post(REGISTRIES, &harbour()).await.json::<ImageRegistry>();
    assert_eq!(ci.post(REGISTRIES, &harbour()).await.problem().1, ["/metadata/name"], "the name is taken");
    for (field, body) in [
        ("/metadata/workspace", json!({"metadata": {"name": "a", "workspace": "other"}, "spec": {"url": "a.example"}})),
        ("/kind", json!({"kind": "Cluster", "metadata": {"name": "a"}, "spec": {"url": "a.example"}})),
        ("/api_version", json!({"api_version": "v2", "metadata": {"name": "a"}, "spec": {"url": "a.example"}})),
        ("/spec/uri", json!({"metadata": {"name": "a"}, "spec": {"url": "a.example", "uri": ""}})),
    ] {
        let answer = ci.post(REGISTRIES, &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert!(answer.problem().1.iter().any(|pointer| field.starts_with(pointer.as_str())), "{}", answer.text);
    }
    let path = format!("{REGISTRIES}/harbour");
    for (field, patch) in [
        ("/metadata/name", json!({"metadata": {"name": "other"}})),
        ("/metadata/workspace", json!({"metadata": {"workspace": "other"}})),
        ("", json!({"status": {"phase": "Connected"}})),
        ("", json!([])),
    ] {
        let answer = ci.patch(&path, "*", &patch).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{patch}: {}", answer.text);
        assert!(answer.problem().1.iter().all(|pointer| pointer.starts_with(field)), "{}", answer.text);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_the_right_status() {
    let app = App::signed_in().await;
    let ci = app.token(&[]).await;
    let post = |body: String, media_type: &str| {
        let mut request = ci.request(Method::POST, REGISTRIES, None).with_header("content-type", media_type);
        *request.body_mut() = Body::from(body);
        request
    };
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    for (body, media_type, kind) in [
        (format!("\"{}\"", "x".repeat(2 * 1024 * 1024)), "application/json", "too-large"),
        (deep.clone(), "application/json", "bad-request"),
        (format!("\u{feff}{}", harbour()), "application/json", "bad-request"),
        (
            "{\"metadata\": {\"name\": \"a\", \"name\": \"b\"}, \"spec\": {\"url\": \"a.example\"}}".to_owned(),
            "application/json",
            "invalid",
        ),
        (harbour().to_string(), "text/plain", "media-type"),
        (harbour().to_string(), "application/x-www-form-urlencoded", "media-type"),
    ] {
        let answer = ci.send(post(body, media_type)).await;
        assert_eq!(answer.problem().0, kind, "{media_type} {}", answer.text);
    }
    app.create_registry(&[("name", "harbour")]).await;
    let mut patch = ci.request(Method::PATCH, &format!("{REGISTRIES}/harbour"), Some(&json!({})));
    *patch.body_mut() = Body::from(format!("{{\"metadata\": {deep}}}"));
    assert_eq!(ci.send(patch).await.problem().0, "bad-request");
    for (path, kind) in [
        ("/image_registries?limit=0", "bad-request"),
        ("/image_registries?limit=501", "bad-request"),
        ("/image_registries?sort=password", "bad-request"),
        ("/image_registries?status=up", "bad-request"),
        ("/image_registries?cursor=x", "bad-request"),
        ("/image_registries?unknown=1", "bad-request"),
        ("/workspaces?cursor=0", "bad-request"),
        ("/nothing", "not-found"),
        ("/workspaces/none/image_registries", "not-found"),
        ("/workspaces/%00/image_registries", "not-found"),
    ] {
        let answer = ci.get(path).await;
        assert_eq!(answer.problem().0, kind, "{path}: {}", answer.text);
    }
    for (query, said) in [
        ("unknown=1", "There is no field unknown here."),
        ("limit=x", "The query parameter limit is not valid. Expected a whole number."),
    ] {
        let answer = ci.get(&format!("/image_registries?{query}")).await;
        assert!(answer.text.contains(said), "{query}: {}", answer.text);
    }
    let put = ci.send(ci.request(Method::PUT, REGISTRIES, Some(&harbour()))).await;
    assert_eq!(put.problem().0, "method-not-allowed");
}

#[tokio::test]
async fn pages_by_cursor_contain_every_registry_once_in_every_order() {
    let app = App::signed_in().await;
    let ci = app.token(&[]).await;
    for number in 0..23 {
        app.create_registry(&[("name", &format!("r{number:02}"))]).await;
    }
    for sort in ["name", "-name", "created", "-created", "updated", "-updated"] {
        let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let answer = ci.get(&format!("/image_registries?limit=5&sort={sort}{cursor}")).await;
            let page: List<ImageRegistry> = answer.json();
            seen.extend(page.items.into_iter().map(|registry| registry.metadata.name));
            pages += 1;
            match page.next_cursor {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!((seen.len(), pages), (23, 5), "{sort}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 23, "{sort}");
        match sort {
            "name" => assert!(seen.is_sorted()),
            "-name" => assert!(seen.iter().rev().is_sorted()),
            _ => {}
        }
    }
    let first: List<ImageRegistry> = ci.get("/image_registries?limit=2").await.json();
    let other_order = ci.get(&format!("/image_registries?sort=created&cursor={}", first.next_cursor.unwrap())).await;
    assert_eq!(other_order.problem().0, "bad-request", "a cursor is of one order");
    let found: List<ImageRegistry> = ci.get("/image_registries?search=R1&status=Pending&limit=500").await.json();
    assert_eq!(found.items.len(), 10);
}

#[tokio::test]
async fn a_creation_may_be_repeated_with_its_key() {
    let app = App::signed_in().await;
    let (ci, other) = (app.token(&[]).await, app.token(&[("token_name", "other")]).await);
    let create = |client: &super::kit::Client<'_>, key: &str, body: &Value| {
        client.request(Method::POST, REGISTRIES, Some(body)).with_header("idempotency-key", key)
    };
    let first = ci.send(create(&ci, "k1", &harbour())).await;
    let again = ci.send(create(&ci, "k1", &harbour())).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(first.header("etag"), again.header("etag"));
    assert_eq!(app.list("").await.page_info.total, 1);
    let mut changed = harbour();
    changed["metadata"]["name"] = "another".into();
    assert_eq!(ci.send(create(&ci, "k1", &changed)).await.problem().0, "idempotency-key-reused");
    // The key of another client is another key: the name is taken.
    let taken = other.send(create(&other, "k1", &harbour())).await;
    assert_eq!(taken.status, StatusCode::CONFLICT);
    assert_eq!(taken.problem(), ("name-taken".to_owned(), vec!["/metadata/name".to_owned()]));
    // What failed may be tried again with the same key.
    changed["spec"]["url"] = "ftp://x".into();
    assert_eq!(ci.send(create(&ci, "k2", &changed)).await.problem().0, "invalid");
    changed["spec"]["url"] = "a.example".into();
    assert_eq!(ci.send(create(&ci, "k2", &changed)).await.status, StatusCode::CREATED);
    assert_eq!(ci.send(create(&ci, "", &changed)).await.problem().0, "bad-request");
    app.clock.advance(2 * super::kit::DAY);
    let later = ci.send(create(&ci, "k1", &harbour())).await;
    assert_eq!(later.problem().0, "name-taken", "a day later it is a new request");
}

#[tokio::test]
async fn a_creation_that_comes_several_times_at_once_is_answered_as_one() {
    let app = App::signed_in().await;
    let ci = app.token(&[]).await;
    let send = |key: &str, name: &str| {
        let mut body = harbour();
        body["metadata"]["name"] = name.into();
        ci.send(ci.request(Method::POST, REGISTRIES, Some(&body)).with_header("idempotency-key", key))
    };
    let answers = join_all((0..8).map(|_| send("k1", "harbour"))).await;
    for answer in &answers {
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        assert_eq!(answer.header("etag"), answers[0].header("etag"));
    }
    let names: Vec<_> = (0..8).map(|number| format!("other{number}")).collect();
    let answers = join_all(names.iter().map(|name| send("k2", name))).await;
    let created = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    assert_eq!(created, 1);
    for refused in answers.iter().filter(|answer| answer.status != StatusCode::CREATED) {
        assert_eq!(refused.problem().0, "idempotency-key-reused");
    }
    assert_eq!(app.list("").await.page_info.total, 2);
}

#[tokio::test]
async fn every_error_has_the_same_shape_whoever_answers() {
    let app = App::signed_in().await;
    let ci = app.token(&[]).await;
    let large = ci.request(Method::POST, REGISTRIES, None).with_header("content-type", "application/json");
    let large = large.with_header("content-length", "2000000");
    assert_eq!(ci.send(large).await.problem().0, "too-large");
    for (method, path) in [(Method::GET, "/workspaces/%ff"), (Method::DELETE, "/tokens/%ff")] {
        assert_eq!(ci.send(ci.request(method, path, None)).await.problem().0, "bad-request", "{path}");
    }
    assert_eq!(ci.get("/nothing").await.problem().0, "not-found");
    assert_eq!(ci.send(ci.request(Method::PUT, "/workspaces", None)).await.problem().0, "method-not-allowed");
    // Everywhere else it is a page or a text.
    assert!(app.page("/nothing").await.text.contains("<h1"));
}

#[tokio::test]
async fn a_page_of_large_registries_ends_early_and_the_next_goes_on() {
    let app = App::signed_in().await;
    let ci = app.token(&[]).await;
    for number in 0..150 {
        let mut body = harbour();
        body["metadata"]["name"] = format!("r{number:03}").into();
        body["metadata"]["annotations"] = json!({"a": "x".repeat(16_000)});
        assert_eq!(ci.post(REGISTRIES, &body).await.status, StatusCode::CREATED);
    }
    let first: List<ImageRegistry> = ci.get("/image_registries?limit=500").await.json();
    assert_eq!(first.items.len(), 100);
    let path = format!("/image_registries?limit=500&cursor={}", first.next_cursor.unwrap());
    let second: List<ImageRegistry> = ci.get(&path).await.json();
    assert_eq!((second.items[0].metadata.name.as_str(), second.items.len()), ("r100", 50));
    assert_eq!(second.next_cursor, None);
    let exported = app.page("/image-registries/export").await.text;
    assert_eq!(api::manifest::parse(&exported.replace(&"x".repeat(16_000), "x")).unwrap().len(), 150);
}

/// The version may change between the reading of a handler and its transaction.
#[tokio::test]
async fn a_version_is_compared_where_it_is_deleted() {
    let app = App::signed_in().await;
    app.create_registry(&[("name", "one")]).await;
    let details = app.details("default", "one").await;
    let target = |version| [DeleteTarget { id: details.id.clone(), label: "default/one".to_owned(), version }];
    let anna = administrator(&app).await;
    let delete = async |version| app.state.delete_registries(&anna, &target(version), false).await;
    let refused = delete(Some(details.version + 1)).await.unwrap_err();
    assert!(matches!(refused, AppError::Conflict { .. }), "{refused:?}");
    assert_eq!(app.list("").await.page_info.total, 1);
    assert_eq!(delete(Some(details.version)).await.unwrap().deleted, ["default/one"]);
}

#[tokio::test]
async fn many_registries_are_deleted_all_or_none() {
    let app = App::signed_in().await;
    let ci = app.token(&[]).await;
    for name in ["one", "two", "three"] {
        app.create_registry(&[("name", name)]).await;
    }
    let path = format!("{REGISTRIES}/bulk_delete");
    let answer = ci.post(&path, &json!({"names": ["one", "gone", "two"]})).await;
    let deleted: BulkDeleted = answer.json();
    assert_eq!((deleted.deleted, deleted.gone), (vec!["one".to_owned(), "two".to_owned()], vec!["gone".to_owned()]));
    assert_eq!(app.list("").await.page_info.total, 1);
    assert_eq!(ci.post(&path, &json!({"names": []})).await.problem().1, ["/names"]);
}

#[tokio::test]
async fn workspaces_are_created_read_and_deleted() {
    let app = App::signed_in().await;
    let ci = app.token(&[]).await;
    let created = ci.post("/workspaces", &json!({"kind": "Workspace", "metadata": {"name": "harbour"}})).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
    let taken = ci.post("/workspaces", &json!({"metadata": {"name": "harbour"}})).await;
    assert_eq!(taken.problem().1, ["/metadata/name"]);
    let all: List<Workspace> = ci.get("/workspaces").await.json();
    let names: Vec<_> = all.items.into_iter().map(|workspace| workspace.metadata.name).collect();
    assert_eq!(names, ["default", "harbour"]);
    app.create_registry(&[("name", "one"), ("workspace", "harbour")]).await;
    assert_eq!(ci.delete("/workspaces/harbour").await.problem().0, "in-use");
    assert_eq!(ci.delete("/workspaces/harbour/image_registries/one").await.status, StatusCode::NO_CONTENT);
    assert_eq!(ci.delete("/workspaces/harbour").await.status, StatusCode::NO_CONTENT);
    assert_eq!(ci.get("/workspaces/harbour").await.problem().0, "not-found");
}

#[tokio::test]
async fn q3_the_committed_document_is_the_one_that_is_served() {
    let app = App::fresh().await;
    let served = app.page("/api/openapi.json").await;
    let served: Value = served.json();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    let text = serde_json::to_string_pretty(&served).unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(served, committed, "run this test with UPDATE_OPENAPI=1, and look at the difference");
}
