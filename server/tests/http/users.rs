//! Invitations, roles, disabling and deleting.

use super::kit::{App, By, DAY, PASSWORD, RequestExt, USER, stored_bytes};
use app::AppError;
use app::users::{PasswordLink, UserDetails, UserList, UserState};
use futures_util::StreamExt;
use http::{Method, StatusCode};
use std::time::Duration;

const HOUR: i64 = DAY / 24;

async fn post(app: &App, path: &str, fields: &[(&str, &str)]) -> StatusCode {
    app.post(path, fields, By::Script).await.status
}

async fn user(app: &App, name: &str) -> UserDetails {
    app.page(&format!("/ui/users/details?name={name}")).await.json()
}

async fn state(app: &App, name: &str) -> UserState {
    user(app, name).await.user.state
}

/// Whether this session is logged in.
async fn is_logged_in(app: &App, cookie: &str) -> bool {
    let request = app.request(Method::GET, "/workspaces").with_header("cookie", cookie);
    app.send(request).await.status == StatusCode::OK
}

/// Logs in with the password that [`App::accept`] sets.
async fn can_log_in(app: &App, name: &str) -> bool {
    let fields = [("user_name", name), ("password", super::kit::THEIR_PASSWORD)];
    let request = app.form("/ui/login", &fields, By::Script).without_header("cookie");
    app.send(request).await.session_cookie().is_some()
}

#[tokio::test]
async fn an_invitation_works_once() {
    let app = App::signed_in().await;
    let token = app.invite("bo", "Editor").await;
    assert_eq!(state(&app, "bo").await, UserState::Invited);
    assert!(!can_log_in(&app, "bo").await, "no password is set");
    let page =
        app.send(app.request(Method::GET, &format!("/set-password?token={token}")).without_header("cookie")).await;
    assert!(page.status == StatusCode::OK && page.text.contains("<strong>bo</strong>"), "{}", page.text);

    let (one, other) = tokio::join!(app.accept(&token), app.accept(&token));
    assert!(one.is_some() != other.is_some(), "only one of two requests at once");
    assert!(is_logged_in(&app, &one.or(other).unwrap()).await);
    assert_eq!(state(&app, "bo").await, UserState::Active);
    assert_eq!(app.accept(&token).await, None);
    assert_eq!(app.page(&format!("/set-password?token={token}")).await.status, StatusCode::NOT_FOUND);
    assert!(can_log_in(&app, "BO").await);
}

#[tokio::test]
async fn an_invitation_ends_when_it_expires_is_withdrawn_or_replaced() {
    let app = App::signed_in().await;
    let late = app.invite("late", "None").await;
    let withdrawn = app.invite("withdrawn", "None").await;
    let replaced = app.invite("replaced", "None").await;
    let id = app.user_id("withdrawn").await;
    assert_eq!(post(&app, "/ui/users/link/withdraw", &[("user", &id)]).await, StatusCode::OK);
    let id = app.user_id("replaced").await;
    let again = app.post("/ui/users/link", &[("user", &id)], By::Script).await.form_response();
    let again: PasswordLink = again.result.unwrap().read().unwrap();
    for token in [&withdrawn, &replaced] {
        assert_eq!(app.accept(token).await, None);
    }
    let mut answers = Vec::new();
    for token in [withdrawn.as_str(), replaced.as_str(), "never-there"] {
        answers.push(app.page(&format!("/ui/set-password/check?token={token}")).await.text);
    }
    assert!(answers.iter().all(|text| *text == answers[0]), "{answers:?}");
    assert!(app.accept(again.address.split_once("token=").unwrap().1).await.is_some());
    app.clock.advance(72 * HOUR);
    assert_eq!(app.accept(&late).await, None);
}

#[tokio::test]
async fn the_link_is_shown_once_with_the_address_of_the_console_and_stored_hashed() {
    let app = App::signed_in().await;
    let fields = [("user_name", "bo"), ("role", "None"), ("page", "/users")];
    let plain = app.post("/ui/users/invite", &fields, By::PlainForm).await;
    assert_eq!(plain.status, StatusCode::OK);
    let (_, rest) = plain.text.split_once("https://portolan.test/set-password?token=").unwrap();
    let token = &rest[..64];
    assert!(token.chars().all(|c| c.is_ascii_hexdigit()), "{token}");
    for path in ["/users", "/users/bo", "/ui/users/details?name=bo"] {
        assert!(!app.page(path).await.text.contains(token), "{path}");
    }
    app.state.close().await;
    assert!(!stored_bytes(app.folder.path()).windows(64).any(|window| window == token.as_bytes()));
}

#[tokio::test]
async fn no_two_names_differ_only_in_case_width_or_what_cannot_be_seen() {
    let app = App::signed_in().await;
    app.invite("bo", "None").await;
    for name in [
        "BO",
        "Bo",
        "b\u{ff4f}",
        "b\u{200b}o",
        "bo\u{301}",
        " bo",
        "bo ",
        "b\u{43e}",
        "",
        ".bo",
        "b o",
        &"b".repeat(65),
    ] {
        let answer = app.post("/ui/users/invite", &[("user_name", name), ("role", "None")], By::Script).await;
        assert_eq!(answer.invalid_fields(), ["user_name"], "{name:?}");
    }
    let both = app.post("/ui/users/invite", &[("user_name", ""), ("role", "Owner")], By::Script).await;
    assert_eq!(both.invalid_fields(), ["user_name", "role"]);
    let users: UserList = app.page("/ui/users/list?").await.json();
    assert_eq!(users.rows.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), ["anna", "bo"]);
}

#[tokio::test]
async fn w2_disabling_ends_sessions_and_streams_and_enabling_lets_in_again() {
    let mut app = App::signed_in().await;
    let bo = app.person("bo", "Editor", &[]).await;
    let id = app.user_id("bo").await;
    let administrator = app.cookie();
    app.set_cookie(Some(&bo));
    let mut stream = app.stream("/events").await;
    app.set_cookie(administrator.as_deref());
    assert_eq!(post(&app, "/ui/users/disabled", &[("user", &id), ("disabled", "yes")]).await, StatusCode::OK);
    let ended = async { while stream.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap();
    assert!(!is_logged_in(&app, &bo).await);
    assert!(!can_log_in(&app, "bo").await);
    let link = app.post("/ui/users/link", &[("user", &id)], By::Script).await;
    assert!(matches!(link.expect_error(), AppError::InUse(_)));
    assert_eq!(post(&app, "/ui/users/disabled", &[("user", &id), ("disabled", "no")]).await, StatusCode::OK);
    assert!(!is_logged_in(&app, &bo).await, "the old session has ended");
    assert!(can_log_in(&app, "bo").await);
}

#[tokio::test]
async fn w2_a_changed_role_counts_from_the_next_request_and_begins_streams_anew() {
    let mut app = App::signed_in().await;
    app.create_workspace("team").await;
    app.create_registry(&[("name", "one"), ("workspace", "team")]).await;
    let bo = app.person("bo", "None", &[("team", "Viewer")]).await;
    let administrator = app.cookie();
    let total = async |app: &mut App| {
        app.set_cookie(Some(&bo));
        let total = app.list("").await.page_info.total;
        app.set_cookie(administrator.as_deref());
        total
    };
    assert_eq!(total(&mut app).await, 1);
    app.set_cookie(Some(&bo));
    let mut stream = app.stream("/events").await;
    app.set_cookie(administrator.as_deref());
    app.give_role("team", "bo", "None").await;
    let ended = async { while stream.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap();
    assert_eq!(total(&mut app).await, 0);
    let id = app.user_id("bo").await;
    assert_eq!(post(&app, "/ui/users/role", &[("user", &id), ("role", "Viewer")]).await, StatusCode::OK);
    assert_eq!(total(&mut app).await, 1);
}

#[tokio::test]
async fn the_last_administrator_cannot_be_demoted_disabled_or_deleted() {
    let mut app = App::signed_in().await;
    let anna = app.user_id(USER).await;
    // Neither can help: one has no password yet, the other is disabled, the third is one in a workspace only.
    app.invite("invited", "Administrator").await;
    app.person("disabled", "Administrator", &[]).await;
    let disabled = app.user_id("disabled").await;
    assert_eq!(post(&app, "/ui/users/disabled", &[("user", &disabled), ("disabled", "yes")]).await, StatusCode::OK);
    app.person("local", "Editor", &[("default", "Administrator")]).await;
    let attempts: [(&str, Vec<(&str, &str)>); 3] = [
        ("/ui/users/role", vec![("user", &anna), ("role", "Editor")]),
        ("/ui/users/disabled", vec![("user", &anna), ("disabled", "yes")]),
        ("/ui/users/delete", vec![("user", &anna)]),
    ];
    for (path, fields) in &attempts {
        let error = app.post(path, fields, By::Script).await.expect_error();
        assert!(matches!(&error, AppError::InUse(text) if text.contains("last administrator")), "{path}: {error:?}");
        let page = "/users/anna";
        let plain = app.post(path, &[fields.as_slice(), &[("page", page)]].concat(), By::PlainForm).await;
        assert!(plain.status == StatusCode::CONFLICT && plain.text.contains("last administrator"), "{path}");
    }
    let carl = app.person("carl", "Administrator", &[]).await;
    assert_eq!(post(&app, attempts[2].0, &attempts[2].1).await, StatusCode::OK, "now there is another one");
    app.set_cookie(Some(&carl));
    assert_eq!(app.page("/users").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_administrators_who_demote_each_other_at_once_leave_one() {
    for _ in 0..10 {
        let app = App::signed_in().await;
        let bo = app.person("bo", "Administrator", &[]).await;
        let (anna_id, bo_id) = (app.user_id(USER).await, app.user_id("bo").await);
        let demote = |id: &str, cookie: &str| {
            let form = app.form("/ui/users/role", &[("user", id), ("role", "None")], By::Script);
            app.send(form.with_header("cookie", cookie))
        };
        let anna = app.cookie().unwrap();
        let (one, other) = tokio::join!(demote(&bo_id, &anna), demote(&anna_id, &bo));
        let done = [one.status, other.status].into_iter().filter(|status| *status == StatusCode::OK).count();
        assert_eq!(done, 1, "{} {}", one.text, other.text);
    }
}

#[tokio::test]
async fn deleting_a_user_keeps_what_they_made_and_frees_the_name() {
    let mut app = App::signed_in().await;
    let bo = app.person("bo", "Editor", &[]).await;
    let administrator = app.cookie();
    app.set_cookie(Some(&bo));
    app.create_registry(&[("name", "one")]).await;
    app.set_cookie(administrator.as_deref());
    let id = app.user_id("bo").await;
    let page = "/users/bo/delete";
    let deleted = app.post("/ui/users/delete", &[("user", &id), ("page", page)], By::PlainForm).await;
    assert_eq!(deleted.redirect(), "/users");
    assert!(!is_logged_in(&app, &bo).await);
    assert_eq!(app.details("default", "one").await.created_by, "a former user");
    assert_eq!(app.page("/users/bo").await.status, StatusCode::NOT_FOUND);
    assert_eq!(post(&app, "/ui/users/delete", &[("user", &id)]).await, StatusCode::NOT_FOUND);
    app.invite("bo", "None").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_in_a_workspace_that_is_deleted_meanwhile_is_refused_or_goes_with_it() {
    let app = App::signed_in().await;
    app.invite("bo", "None").await;
    for number in 0..20 {
        let name = format!("w{number}");
        app.create_workspace(&name).await;
        let role = [("workspace", name.as_str()), ("user_name", "bo"), ("workspace_role", "Editor")];
        let (given, deleted) = tokio::join!(
            app.post("/ui/workspaces/role", &role, By::Script),
            app.post("/ui/workspaces/delete", &role[..1], By::Script)
        );
        assert_eq!(deleted.status, StatusCode::OK, "{}", deleted.text);
        assert!([StatusCode::OK, StatusCode::NOT_FOUND].contains(&given.status), "{}", given.text);
    }
    assert_eq!(user(&app, "bo").await.roles, []);
}

#[tokio::test]
async fn users_are_searched_sorted_and_paged() {
    let app = App::signed_in().await;
    for number in 0..60 {
        app.invite(&format!("user{number:02}"), if number == 7 { "Editor" } else { "None" }).await;
    }
    let list = async |query: &str| -> UserList { app.page(&format!("/ui/users/list?{query}")).await.json() };
    let first = async |query: &str| list(query).await.rows[0].name.clone();
    assert_eq!(list("q=USER1").await.page_info.total, 10);
    assert_eq!(list("q=%25").await.page_info.total, 0, "a wildcard is a character");
    assert_eq!(first("sort=-name").await, "user59");
    assert_eq!(first("page=2").await, "user49");
    let by_role = list("sort=-role").await;
    let names: Vec<_> = by_role.rows.iter().take(2).map(|user| user.name.as_str()).collect();
    assert_eq!(names, [USER, "user07"]);
    assert_eq!(app.page("/users?sort=password_hash").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.page(&format!("/users?q={}", "x".repeat(10_000))).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_password_from_a_link_follows_the_rules_and_ends_other_sessions() {
    let mut app = App::signed_in().await;
    let bo = app.person("bo", "Viewer", &[]).await;
    let id = app.user_id("bo").await;
    let link = app.post("/ui/users/link", &[("user", &id)], By::Script).await.form_response();
    let link: PasswordLink = link.result.unwrap().read().unwrap();
    let token = link.address.split_once("token=").unwrap().1;
    app.set_cookie(None);
    let form = |new, again| [("token", token), ("new_password", new), ("repeated_password", again)];
    let short = app.post("/ui/set-password", &form("short", "short"), By::Script).await;
    assert_eq!(short.invalid_fields(), ["new_password"]);
    let other = app.post("/ui/set-password", &form(PASSWORD, "another one, longer"), By::Script).await;
    assert_eq!(other.invalid_fields(), ["repeated_password"]);
    assert!(is_logged_in(&app, &bo).await, "until the link is used, nothing changes");
    let page = format!("/set-password?token={token}");
    let fields = [form(PASSWORD, PASSWORD).as_slice(), &[("page", &page)]].concat();
    let set = app.post("/ui/set-password", &fields, By::PlainForm).await;
    assert_eq!(set.redirect(), "/image-registries");
    assert!(set.session_cookie().is_some());
    assert!(!is_logged_in(&app, &bo).await);
    assert!(!can_log_in(&app, "bo").await, "the old password");
}
