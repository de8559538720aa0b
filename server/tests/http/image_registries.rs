//! Creating, listing, editing and deleting image registries.

use super::kit::{Answer, App, By};
use app::AppError;
use app::image_registries::{RegistryDetails, RegistryList};
use futures_util::future::join_all;
use http::StatusCode;

fn names(list: &RegistryList) -> Vec<&str> {
    list.rows.iter().map(|row| row.name.as_str()).collect()
}

async fn edit(app: &App, id: &str, version: i64, fields: &[(&str, &str)], by: By) -> Answer {
    let version = version.to_string();
    let base = [("registry", id), ("based_on", version.as_str()), ("page", "/image-registries/default/one/edit")];
    app.post("/ui/image-registries/update", &[&base, fields].concat(), by).await
}

#[tokio::test]
async fn s7_a_created_registry_is_shown_without_its_password() {
    let app = App::signed_in().await;
    let form = [
        ("name", "one"),
        ("workspace", "default"),
        ("url", "HTTPS://Registry.Example.com:5000/v2/"),
        ("repository", "/team/app/"),
        ("username", "robot$ci"),
        ("password", "canary-password"),
        ("page", "/image-registries/create"),
    ];
    let created = app.post("/ui/image-registries/create", &form, By::PlainForm).await;
    assert_eq!(created.redirect(), "/image-registries/default/one");
    let message = created.cookie("__Host-message").unwrap();
    assert!(message.starts_with("__Host-message=Created%20default%2Fone."), "{message}");

    let page = app.page("/image-registries/default/one").await;
    assert_eq!(page.status, StatusCode::OK);
    for shown in [
        "https://registry.example.com:5000",
        "registry.example.com:5000/team/app",
        "robot$ci",
        "anna",
        "not checked yet",
    ] {
        assert!(page.text.contains(shown), "{shown}");
    }
    let details = app.details("default", "one").await;
    assert_eq!(details.image_prefix, "registry.example.com:5000/team/app");
    assert!(details.password_set.is_some());
    assert_eq!(names(&app.list("q=APP").await), ["one"]);
}

#[tokio::test]
async fn a_rejected_form_is_shown_again_without_the_password() {
    let app = App::signed_in().await;
    let form = [
        ("name", "Bad <b>Name</b>"),
        ("workspace", "nowhere"),
        ("url", "https://user:pass@registry.example.com/team?x"),
        ("repository", "Team"),
        ("username", "a:b"),
        ("password", "canary-password"),
        ("page", "/image-registries/create"),
    ];
    let script = app.post("/ui/image-registries/create", &form, By::Script).await;
    assert_eq!(script.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(script.invalid_fields(), ["name", "url", "repository", "username"]);
    let plain = app.post("/ui/image-registries/create", &form, By::PlainForm).await;
    assert_eq!(plain.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(plain.text.contains("value=\"Bad &lt;b&gt;Name&lt;/b&gt;\""), "kept and escaped");
    assert!(plain.text.contains("Put the username and password into Authentication"));
    assert!(!plain.text.contains("canary-password"));
    assert_eq!(names(&app.list("").await), [] as [&str; 0]);
}

#[tokio::test]
async fn of_many_concurrent_registries_with_one_name_only_one_is_created() {
    let app = App::signed_in().await;
    let form = [("name", "one"), ("workspace", "default"), ("url", "a.example")];
    let race = (0..8).map(|_| app.post("/ui/image-registries/create", &form, By::Script));
    let mut won = 0;
    for answer in join_all(race).await {
        if answer.status == StatusCode::OK {
            won += 1;
        } else {
            let message = answer.message_at("name");
            assert!(message.contains("one already exists in workspace default"), "{message}");
        }
    }
    assert_eq!(won, 1);
    app.create_workspace("other").await;
    app.create_registry(&[("name", "one"), ("workspace", "other")]).await;
}

#[tokio::test]
async fn a_registry_needs_an_existing_workspace() {
    let app = App::signed_in().await;
    let form = [("name", "one"), ("workspace", "nowhere"), ("url", "a.example")];
    assert_eq!(app.post("/ui/image-registries/create", &form, By::Script).await.invalid_fields(), ["workspace"]);
}

#[tokio::test]
async fn w7_unknown_fields_of_a_registry_form_are_rejected() {
    let app = App::signed_in().await;
    let id = app.create_registry(&[("name", "one")]).await;
    let before = app.details("default", "one").await;
    for field in ["name", "workspace", "id", "version", "created_at", "updated_by", "password_sealed", "phase"] {
        let answer = edit(&app, &id, 1, &[("url", "b.example"), (field, "x")], By::Script).await;
        assert_eq!(answer.invalid_fields(), [field]);
    }
    assert_eq!(app.details("default", "one").await, before);
    let create = [("name", "two"), ("workspace", "default"), ("url", "a.example"), ("id", "x")];
    assert_eq!(app.post("/ui/image-registries/create", &create, By::Script).await.invalid_fields(), ["id"]);
}

#[tokio::test]
async fn an_edit_changes_its_fields_and_increments_the_version() {
    let app = App::signed_in().await;
    let id = app.create_registry(&[("name", "one"), ("username", "u"), ("password", "p")]).await;
    app.clock.advance(120_000);
    let saved = edit(
        &app,
        &id,
        1,
        &[("url", "https://registry.example.com:443"), ("repository", "team"), ("username", "u")],
        By::PlainForm,
    )
    .await;
    assert_eq!(saved.redirect(), "/image-registries/default/one");
    let details = app.details("default", "one").await;
    assert_eq!(details.version, 2);
    assert_eq!(details.repository, "team");
    assert_eq!(details.username.as_deref(), Some("u"));
    assert_eq!(app.ago(&details.created), "2 minutes ago");
    assert_eq!(app.ago(&details.updated), "just now");
    assert_eq!(app.ago(&details.password_set.unwrap()), "2 minutes ago", "the password was kept");
}

#[tokio::test]
async fn t6_a_stored_password_is_not_kept_for_a_new_url() {
    let app = App::signed_in().await;
    let id = app.create_registry(&[("name", "one"), ("username", "u"), ("password", "p")]).await;
    for (fields, problem) in [
        ([("url", "https://other.example.com"), ("username", "u")], "password"),
        ([("url", "http://registry.example.com"), ("username", "u")], "password"),
        ([("url", "https://registry.example.com:444"), ("username", "u")], "password"),
        ([("url", "https://registry.example.com"), ("username", "v")], "password"),
        ([("url", "https://registry.example.com"), ("username", "")], "username"),
    ] {
        let answer = edit(&app, &id, 1, &fields, By::Script).await;
        assert_eq!(answer.invalid_fields(), [problem], "{fields:?}");
    }
    let moved = [("url", "https://other.example.com"), ("username", "v"), ("password", "q")];
    assert_eq!(edit(&app, &id, 1, &moved, By::Script).await.status, StatusCode::OK);
    let removed = [("url", "https://third.example.com"), ("username", "v"), ("remove_credentials", "yes")];
    assert_eq!(edit(&app, &id, 2, &removed, By::Script).await.status, StatusCode::OK);
    let details = app.details("default", "one").await;
    assert_eq!((details.username, details.password_set), (None, None));
}

#[tokio::test]
async fn r6_an_edit_of_an_outdated_version_is_a_conflict() {
    let app = App::signed_in().await;
    let id = app.create_registry(&[("name", "one")]).await;
    let theirs = [("url", "https://theirs.example.com")];
    assert_eq!(edit(&app, &id, 1, &theirs, By::Script).await.status, StatusCode::OK);

    let mine = [("url", "https://mine.example.com"), ("repository", "mine")];
    let script = edit(&app, &id, 1, &mine, By::Script).await;
    assert_eq!(script.current::<RegistryDetails>().url, "https://theirs.example.com");
    let plain = edit(&app, &id, 1, &mine, By::PlainForm).await;
    assert_eq!(plain.status, StatusCode::CONFLICT);
    for both in ["https://theirs.example.com", "value=\"https://mine.example.com\"", "name=\"based_on\" value=\"2\""] {
        assert!(plain.text.contains(both), "{both}");
    }
    assert_eq!(app.details("default", "one").await.url, "https://theirs.example.com");

    let race = (0..100).map(|_| edit(&app, &id, 2, &mine, By::Script));
    let statuses: Vec<_> = join_all(race).await.into_iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::OK).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::CONFLICT).count(), 99);
}

#[tokio::test]
async fn r7_of_many_concurrent_deletions_each_registry_is_deleted_by_one() {
    let app = App::signed_in().await;
    let mut targets = Vec::new();
    for number in 0..20 {
        let name = format!("registry-{number}");
        let id = app.create_registry(&[("name", &name)]).await;
        targets.push((id.clone(), format!("{id}:default/{name}")));
    }
    // Each in another order, beside checks of all and edits of some.
    let orders = (0..10).map(|number| {
        let mut order = targets.clone();
        order.rotate_left(number * 2);
        if number % 2 == 0 {
            order.reverse();
        }
        order
    });
    let orders: Vec<_> = orders.collect();
    let race = orders.iter().map(async |order| {
        let targets = order.iter().map(|(_, target)| target.as_str()).collect::<Vec<_>>().join(",");
        let ids: Vec<_> = order.iter().map(|(id, _)| ("id", id.as_str())).collect();
        let checked = app.post("/ui/image-registries/check", &ids, By::Script).await;
        assert!(!checked.status.is_server_error(), "{}", checked.text);
        app.post("/ui/image-registries/delete", &[("targets", &targets)], By::Script).await
    });
    let mut deleted = 0;
    for answer in join_all(race).await {
        match answer.status {
            StatusCode::OK => deleted += 1,
            status => assert_eq!(status, StatusCode::NOT_FOUND, "{}", answer.text),
        }
    }
    assert_eq!(deleted, 1, "all or none");
    assert_eq!(names(&app.list("").await), [] as [&str; 0]);
}

#[tokio::test]
async fn r7_deleted_registries_are_reported_as_gone() {
    let app = App::signed_in().await;
    let one = app.create_registry(&[("name", "one")]).await;
    let two = app.create_registry(&[("name", "two")]).await;
    let target = |id: &str, name: &str| format!("{id}:default/{name}");
    let delete = async |targets: &str, by| {
        app.post("/ui/image-registries/delete", &[("targets", targets), ("page", "/image-registries/delete")], by).await
    };

    let first = delete(&target(&one, "one"), By::PlainForm).await;
    assert_eq!(first.redirect(), "/image-registries");
    assert_eq!(edit(&app, &one, 1, &[("url", "a.example")], By::Script).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.page("/image-registries/default/one").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.page("/image-registries/default/one/edit").await.status, StatusCode::NOT_FOUND);
    assert_eq!(delete(&target(&one, "one"), By::Script).await.status, StatusCode::NOT_FOUND);

    let both = delete(&format!("{},{}", target(&one, "one"), target(&two, "two")), By::Script).await;
    let flash = both.form_response().flash.unwrap();
    assert_eq!(flash, "Deleted default/two. Already deleted: default/one.");
    assert_eq!(names(&app.list("").await), [] as [&str; 0]);

    let long = format!("{two}:default/two,").repeat(501);
    for nonsense in ["", "x", "x:y", "x:Y/z", ",", long.trim_end_matches(',')] {
        assert_eq!(delete(nonsense, By::Script).await.status, StatusCode::BAD_REQUEST, "{nonsense}");
    }
}

#[tokio::test]
async fn r7_a_registry_of_another_workspace_is_never_deleted_and_one_that_may_not_be_stops_the_rest() {
    let mut app = App::signed_in().await;
    let administrator = app.cookie();
    for workspace in ["mine", "seen", "hidden"] {
        app.create_workspace(workspace).await;
    }
    let ed = app.person("ed", "None", &[("mine", "Editor"), ("seen", "Viewer")]).await;
    let mut ids = Vec::new();
    for (workspace, name) in [("mine", "one"), ("mine", "two"), ("mine", "three"), ("seen", "one"), ("hidden", "one")] {
        ids.push(app.create_registry(&[("name", name), ("workspace", workspace)]).await);
    }
    let [one, two, three, seen, hidden] = &ids[..] else { panic!("{ids:?}") };
    app.set_cookie(Some(&ed));
    let delete = async |app: &App, mine: &str, other: &str, by| {
        let targets = format!("{mine}:mine/x,{other}:hidden/one");
        let fields = [("targets", targets.as_str()), ("page", "/image-registries/delete")];
        app.post("/ui/image-registries/delete", &fields, by).await
    };
    let total = async |app: &App| app.list("").await.page_info.total;

    // What one may see but not delete stops all of it.
    for by in [By::Script, By::PlainForm] {
        assert_eq!(delete(&app, one, seen, by).await.status, StatusCode::FORBIDDEN);
        assert_eq!(total(&app).await, 4);
    }
    // What one may not see is as if it did not exist, and what does not exist counts as deleted already.
    let absent = "0".repeat(32);
    let foreign = delete(&app, one, hidden, By::Script).await;
    let missing = delete(&app, two, &absent, By::Script).await;
    assert_eq!((foreign.status, &foreign.text), (missing.status, &missing.text));
    assert_eq!(foreign.form_response().flash.unwrap(), "Deleted mine/x. Already deleted: hidden/one.");
    // Again, and the same is there in the end.
    let again = delete(&app, one, hidden, By::Script).await;
    let nothing = delete(&app, two, &absent, By::Script).await;
    assert_eq!((again.status, &again.text), (nothing.status, &nothing.text));
    assert_eq!(total(&app).await, 2);
    // 500 at once, and no more.
    for (count, status) in [(500, StatusCode::OK), (501, StatusCode::BAD_REQUEST)] {
        let targets = vec![format!("{three}:mine/three"); count].join(",");
        let answer = app.post("/ui/image-registries/delete", &[("targets", &targets)], By::Script).await;
        assert_eq!(answer.status, status, "{count}");
    }
    app.set_cookie(administrator.as_deref());
    assert_eq!(names(&app.list("").await), ["one", "one"], "that of the other workspaces");
}

#[tokio::test]
async fn the_registry_list_is_filtered_sorted_and_paged() {
    let app = App::signed_in().await;
    app.create_workspace("other").await;
    for index in 0..30 {
        let name = format!("registry-{index:02}");
        let workspace = if index % 10 == 0 { "other" } else { "default" };
        let repository = if index == 7 { "seven_7" } else { "" };
        app.create_registry(&[("name", &name), ("workspace", workspace), ("repository", repository)]).await;
        app.clock.advance(1000);
    }
    let first = app.list("").await;
    assert_eq!(names(&first).len(), 25);
    assert_eq!(first.page_info.total, 30);
    assert_eq!(names(&app.list("page=2").await)[0], "registry-25");
    assert_eq!(names(&app.list("page=999999").await)[0], "registry-25", "the last page");
    assert_eq!(names(&app.list("page=0&per_page=10").await)[0], "registry-00");
    assert_eq!(names(&app.list("sort=-created").await)[0], "registry-29");
    assert_eq!(names(&app.list("workspace=other").await), ["registry-00", "registry-10", "registry-20"]);
    assert_eq!(names(&app.list("q=SEVEN").await), ["registry-07"]);
    assert_eq!(names(&app.list("q=seven_7").await), ["registry-07"]);
    for nothing in ["q=%25", "q=seven%25", "q=registry_0", "status=Failed"] {
        assert_eq!(names(&app.list(nothing).await), [] as [&str; 0], "{nothing}");
    }
    for column in ["name", "workspace", "url", "repository", "credentials", "status", "updated", "created"] {
        let up = app.list(&format!("sort={column}&per_page=50")).await;
        let mut down = app.list(&format!("sort=-{column}&per_page=50")).await;
        down.rows.reverse();
        assert_eq!(names(&up), names(&down), "{column}");
    }
}

#[tokio::test]
async fn s8_an_invalid_list_query_names_the_allowed_values() {
    let app = App::signed_in().await;
    for (query, word) in [
        ("sort=password", "created"),
        ("sort=password_sealed", "created"),
        ("per_page=abc", "10, 25, 50 or 100"),
        ("per_page=1000", "10, 25, 50 or 100"),
        ("page=-1", "a number, 1 or greater"),
        ("status=up", "Connected"),
        ("workspace=%3Cb%3E", "workspace"),
    ] {
        let page = app.page(&format!("/image-registries?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(page.text.contains(word), "{query}");
        let script = app.page(&format!("/ui/image-registries/list?{query}")).await;
        assert!(matches!(script.expect_error(), AppError::BadRequest(allowed) if allowed.contains(word)), "{query}");
    }
}

#[tokio::test]
async fn r6_a_plain_form_shown_again_keeps_the_version_it_is_based_on() {
    let app = App::signed_in().await;
    let id = app.create_registry(&[("name", "one")]).await;
    let theirs = edit(&app, &id, 1, &[("url", "https://theirs.example")], By::PlainForm).await;
    assert_eq!(theirs.redirect(), "/image-registries/default/one");
    let based_on = |text: &str| {
        let (before, _) = text.split_once("name=\"based_on\"").unwrap();
        let input = &text[before.rfind('<').unwrap()..];
        let (_, value) = input.split_once("value=\"").unwrap();
        value.split('"').next().unwrap().to_owned()
    };
    let mine = [
        ("registry", id.as_str()),
        ("based_on", "1"),
        ("url", "http://169.254.169.254"),
        ("page", "/image-registries/default/one/edit"),
    ];
    let tested = app.post("/ui/image-registries/update/test", &mine, By::PlainForm).await;
    assert_eq!((tested.status, based_on(&tested.text).as_str()), (StatusCode::OK, "1"));
    let broken = [&mine[..2], &[("url", "not a url"), mine[3]]].concat();
    let broken = app.post("/ui/image-registries/update/test", &broken, By::PlainForm).await;
    assert_eq!(based_on(&broken.text), "1");

    let stale = edit(&app, &id, 1, &[("url", "https://mine.example")], By::PlainForm).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.text.contains("https://theirs.example"), "the current values are shown");
    assert_eq!(based_on(&stale.text), "2", "an edit based on the current version is saved");
    assert_eq!(app.details("default", "one").await.url, "https://theirs.example");
}
