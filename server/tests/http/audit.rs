//! The audit trail.

use super::kit::{App, By, DAY, PASSWORD, RequestExt, USER, execute};
use app::SessionList;
use app::audit::{AuditPage, AuditRow};
use http::{Method, StatusCode};
use std::collections::BTreeSet;
use std::time::Duration;

async fn trail(app: &App, query: &str) -> AuditPage {
    app.page(&format!("/ui/audit/list?{query}")).await.json()
}

/// The newest entry.
async fn newest(app: &App) -> AuditRow {
    trail(app, "").await.rows.swap_remove(0)
}

async fn post(app: &App, path: &str, fields: &[(&str, &str)]) {
    app.post(path, fields, By::Script).await.form_response();
}

#[tokio::test]
async fn q5_whatever_somebody_does_is_recorded() {
    let mut app = App::signed_in().await;
    app.create_workspace("team").await;
    let id = app
        .create_registry(&[("name", "one"), ("workspace", "team"), ("username", "robot"), ("password", "canary-old")])
        .await;
    let edit = [
        ("registry", id.as_str()),
        ("based_on", "1"),
        ("url", "https://other.example.com"),
        ("repository", "ships"),
        ("username", "robot2"),
        ("password", "canary-new"),
    ];
    post(&app, "/ui/image-registries/update", &edit).await;
    let edited = newest(&app).await;
    assert_eq!((edited.who.as_str(), edited.what.as_str()), (USER, "Edit image registry"));
    assert_eq!((edited.workspace.as_deref(), edited.object.as_deref()), (Some("team"), Some("one")));
    let changes = [
        "URL: https://registry.example.com \u{2192} https://other.example.com",
        "Repository: ships",
        "Username: robot \u{2192} robot2",
        "Password: set \u{2192} replaced",
    ];
    assert_eq!(edited.changes, changes);
    post(&app, "/ui/image-registries/check", &[("id", &id)]).await;
    post(&app, "/ui/image-registries/create/test", &[("url", "https://127.0.0.1:1")]).await;
    post(&app, "/ui/image-registries/delete", &[("targets", &format!("{id}:team/one"))]).await;
    let bo = app.person("bo", "None", &[("team", "Viewer")]).await;
    let bo_id = app.user_id("bo").await;
    post(&app, "/ui/users/role", &[("user", &bo_id), ("role", "Editor")]).await;
    post(&app, "/ui/users/link", &[("user", &bo_id)]).await;
    post(&app, "/ui/users/link/withdraw", &[("user", &bo_id)]).await;
    post(&app, "/ui/users/disabled", &[("user", &bo_id), ("disabled", "yes")]).await;
    post(&app, "/ui/users/disabled", &[("user", &bo_id), ("disabled", "no")]).await;
    post(&app, "/ui/users/delete", &[("user", &bo_id)]).await;
    post(&app, "/ui/workspaces/delete", &[("workspace", "team")]).await;
    post(&app, "/ui/audit/retention", &[("days", "400")]).await;
    assert_eq!(app.page("/audit/export?format=csv").await.status, StatusCode::OK);
    let new = "a longer secret sentence";
    let change = [("current_password", PASSWORD), ("new_password", new), ("repeated_password", new)];
    let changed = app.post("/ui/account/password", &change, By::Script).await;
    app.keep_session(&changed);
    let log_in = async |app: &mut App, password: &str| {
        let answer = app.post("/ui/login", &[("user_name", USER), ("password", password)], By::Script).await;
        if answer.session_cookie().is_some() {
            app.keep_session(&answer);
        }
    };
    log_in(&mut app, "canary-wrong").await;
    app.post("/ui/login", &[("user_name", "canary-name"), ("password", "canary-wrong")], By::Script)
        .await
        .expect_error();
    let here = app.cookie();
    app.set_cookie(None);
    log_in(&mut app, new).await;
    app.set_cookie(here.as_deref());
    let sessions: SessionList = app.page("/ui/account/sessions").await.json();
    let other = sessions.rows.iter().find(|session| !session.is_current).unwrap().handle.clone();
    post(&app, "/ui/account/sessions/end", &[("session", &other)]).await;
    post(&app, "/ui/logout/others", &[]).await;
    post(&app, "/ui/logout", &[]).await;
    app.set_cookie(None);
    log_in(&mut app, new).await;
    post(&app, "/ui/logout/everywhere", &[]).await;
    app.set_cookie(None);
    log_in(&mut app, new).await;

    let page = app.page("/audit").await;
    assert_eq!(page.status, StatusCode::OK);
    let rows = trail(&app, "").await.rows;
    let done: BTreeSet<_> = rows.iter().filter(|row| row.outcome == "Done").map(|row| row.what.as_str()).collect();
    let all = [
        "Change password",
        "Change retention",
        "Change role",
        "Check image registry",
        "Create image registry",
        "Create password link",
        "Create workspace",
        "Delete image registry",
        "Delete user",
        "Delete workspace",
        "Disable user",
        "Edit image registry",
        "Enable user",
        "End session",
        "Export audit trail",
        "Invite user",
        "Log in",
        "Log out",
        "Log out all others",
        "Log out everywhere",
        "Set password by link",
        "Set up",
        "Test connection",
        "Withdraw password link",
    ];
    assert_eq!(done, BTreeSet::from(all));
    let failed: Vec<_> = rows.iter().filter(|row| row.outcome == "Failed").map(|row| row.who.as_str()).collect();
    assert_eq!(failed, ["", USER], "newest first; an unknown name may be a password");
    let exported = app.page("/audit/export?format=jsonl").await.text;
    for text in [page.text, exported, format!("{rows:?}")] {
        assert!(!text.contains("canary"), "{text}");
        assert!(!text.contains(&bo) && !text.contains(new), "{text}");
    }
}

#[tokio::test]
async fn q5_an_entry_says_from_where() {
    let app = App::signed_in().await;
    let request = app.form("/ui/workspaces/create", &[("name", "team")], By::Script).with_peer("10.0.0.1");
    let request = request.with_header("x-forwarded-for", "192.0.2.7").with_header("user-agent", &"Firefox".repeat(100));
    app.send(request).await.form_response();
    let entry = newest(&app).await;
    assert_eq!(entry.address, "192.0.2.7");
    assert!(entry.user_agent.starts_with("Firefox") && entry.user_agent.len() == 200, "{}", entry.user_agent);
}

#[tokio::test]
async fn the_trail_is_filtered_and_paged_in_both_directions() {
    let mut app = App::signed_in().await;
    app.create_workspace("team").await;
    for number in 0..120 {
        app.create_registry(&[("name", &format!("r{number}")), ("workspace", "team")]).await;
        app.clock.advance(1_000);
    }
    let bo = app.person("bo", "Editor", &[]).await;
    let administrator = app.cookie();
    app.set_cookie(Some(&bo));
    app.create_registry(&[("name", "of-bo")]).await;
    app.set_cookie(administrator.as_deref());

    let first = trail(&app, "event=registry.create").await;
    assert_eq!((first.rows.len(), first.newer, first.older), (50, false, true));
    let mut seen: Vec<_> = first.rows.iter().map(|row| row.object.clone().unwrap()).collect();
    let mut last = first.rows.last().unwrap().id.clone();
    loop {
        let next = trail(&app, &format!("event=registry.create&before={last}")).await;
        seen.extend(next.rows.iter().map(|row| row.object.clone().unwrap()));
        last = next.rows.last().unwrap().id.clone();
        if !next.older {
            let back = trail(&app, &format!("event=registry.create&after={}", next.rows[0].id)).await;
            assert_eq!((back.rows.len(), back.older), (50, true));
            assert_eq!(
                back.rows.last().unwrap().object.as_deref(),
                Some(seen[seen.len() - next.rows.len() - 1].as_str())
            );
            break;
        }
    }
    let expected: Vec<_> = std::iter::once("of-bo".to_owned()).chain((0..120).rev().map(|n| format!("r{n}"))).collect();
    assert_eq!(seen, expected);

    assert_eq!(trail(&app, "person=BO&event=registry.create").await.rows.len(), 1);
    assert_eq!(trail(&app, "object=r7").await.rows.len(), 1);
    assert_eq!(trail(&app, "workspace=default&event=registry.create").await.rows.len(), 1);
    assert_eq!(trail(&app, "outcome=Refused").await.rows.len(), 0);
    assert_eq!(trail(&app, "until=2020-01-01").await.rows.len(), 0);
    assert!(trail(&app, "from=2020-01-01").await.older);
    for wrong in ["from=yesterday", "event=x", "outcome=x", &format!("person={}", "x".repeat(10_000))] {
        assert_eq!(app.page(&format!("/ui/audit/list?{wrong}")).await.status, StatusCode::BAD_REQUEST, "{wrong}");
        assert_eq!(app.page(&format!("/audit?{wrong}")).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn q5_what_is_refused_or_rejected_changes_nothing_and_a_change_is_never_without_its_entry() {
    let app = App::signed_in().await;
    let before = trail(&app, "").await.rows.len();
    app.post("/ui/workspaces/create", &[("name", "default")], By::Script).await.expect_error();
    assert_eq!(trail(&app, "").await.rows.len(), before, "nothing was done");
    execute(app.folder.path(), "alter table audit_entry rename to gone").await;
    let answer = app.post("/ui/workspaces/create", &[("name", "team")], By::Script).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    execute(app.folder.path(), "alter table gone rename to audit_entry").await;
    assert_eq!(app.page("/workspaces/team").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn q5_a_flood_of_refused_requests_is_recorded_up_to_a_limit_that_the_trail_names() {
    let mut app = App::signed_in().await;
    let administrator = app.cookie();
    let bo = app.person("bo", "Viewer", &[]).await;
    let refused = async |app: &mut App, times: u32| {
        app.set_cookie(Some(&bo));
        for _ in 0..times {
            let answer = app.post("/ui/workspaces/create", &[("name", "team")], By::Script).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
        }
        app.set_cookie(administrator.as_deref());
        let download = app.page("/audit/export?outcome=Refused&format=jsonl").await.text;
        download.lines().filter(|line| line.contains("workspace.create")).map(str::to_owned).collect::<Vec<_>>()
    };
    let entries = refused(&mut app, 130).await;
    assert_eq!(entries.len(), 100);
    let noted: Vec<_> = entries.iter().map(|entry| entry.contains("more than 100 within 10 minutes")).collect();
    assert_eq!(noted.iter().filter(|noted| **noted).count(), 1);
    assert!(noted.first() == Some(&true) || noted.last() == Some(&true), "the newest one says that more are missing");
    app.set_cookie(Some(&bo));
    assert_eq!(app.page("/users").await.status, StatusCode::FORBIDDEN);
    app.set_cookie(administrator.as_deref());
    let download = app.page("/audit/export?outcome=Refused&format=jsonl").await.text;
    assert!(download.contains("user.manage"), "what is tried besides is not hidden: {download}");
    app.clock.advance(600_000);
    assert_eq!(refused(&mut app, 1).await.len(), 101);
}

#[tokio::test]
async fn the_history_of_a_registry_keeps_the_names_of_those_who_are_gone() {
    let mut app = App::signed_in().await;
    let bo = app.person("bo", "Editor", &[]).await;
    let administrator = app.cookie();
    app.set_cookie(Some(&bo));
    let id = app.create_registry(&[("name", "one")]).await;
    app.set_cookie(administrator.as_deref());
    let bo_id = app.user_id("bo").await;
    post(&app, "/ui/users/delete", &[("user", &bo_id)]).await;
    let edit =
        [("registry", id.as_str()), ("based_on", "1"), ("url", "https://registry.example.com"), ("repository", "x")];
    post(&app, "/ui/image-registries/update", &edit).await;
    let history = app.details("default", "one").await.history;
    let texts: Vec<_> = history.lines().filter_map(|line| line.split_once("Z: ")).map(|(_, text)| text).collect();
    let expected = [
        "Edit image registry by anna. Repository: x",
        "Create image registry by bo. URL: https://registry.example.com",
    ];
    assert_eq!(texts, expected);
    let viewer = app.person("carl", "Viewer", &[]).await;
    app.set_cookie(Some(&viewer));
    assert_eq!(app.details("default", "one").await.history.lines().count(), 2);
    assert!(app.page("/image-registries/default/one").await.text.contains("Repository: x"));
}

#[tokio::test]
async fn q5_a_download_holds_every_entry_once_in_the_order_of_time_and_no_value_begins_a_line() {
    let app = App::signed_in().await;
    execute(
        app.folder.path(),
        "insert into audit_entry (id, at, account_name, address, user_agent, event, outcome, changes)
         values ('000000000001', 1, 'a
b', '', '=cmd', 'setup', 'Done', '[]')",
    )
    .await;
    for number in 0..2_500 {
        app.clock.advance(1);
        if number % 5 == 0 {
            app.post("/ui/audit/retention", &[("days", &(number + 1).to_string())], By::Script).await.form_response();
        }
    }
    let csv = app.page("/audit/export?format=csv&event=audit.retention").await;
    assert!(csv.header("content-disposition").contains("audit.csv"));
    assert_eq!(csv.text.lines().count(), 501);
    let all = app.page("/audit/export?format=csv").await.text;
    assert!(all.contains("\"a\\nb\"") && all.contains("\"'=cmd\""), "{}", &all[..400]);
    let json = app.page("/audit/export?format=jsonl").await.text;
    let entries: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries[0]["person"], "a\nb");
    let ids: Vec<_> = entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted() && ids.len() > 500);
    for wrong in ["format=xml", "", "format=csv&from=x"] {
        assert_eq!(app.page(&format!("/audit/export?{wrong}")).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn q5_old_entries_are_deleted_once_a_retention_is_set() {
    let mut app = App::signed_in().await;
    for wrong in ["0", "-1", "1.5", "x", "36501"] {
        let answer = app.post("/ui/audit/retention", &[("days", wrong)], By::Script).await;
        assert_eq!(answer.invalid_fields(), ["days"], "{wrong}");
    }
    app.create_workspace("old").await;
    app.clock.advance(10 * DAY);
    app.log_in().await;
    post(&app, "/ui/audit/retention", &[("days", "9")]).await;
    let set = newest(&app).await;
    assert_eq!(
        (set.what.as_str(), set.changes),
        ("Change retention", vec!["Kept: for ever \u{2192} 9 days".to_owned()])
    );
    assert!(!trail(&app, "workspace=old").await.rows.is_empty());
    tokio::spawn(server::run_in_background(app.state.clone()));
    for _ in 0..400 {
        if trail(&app, "workspace=old").await.rows.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(trail(&app, "workspace=old").await.rows.is_empty());
    assert_eq!(newest(&app).await.what, "Change retention");
    assert_eq!(trail(&app, "").await.retention_days, Some(9));
    let request = app.request(Method::DELETE, "/audit");
    assert_ne!(app.send(request).await.status, StatusCode::OK);
}
