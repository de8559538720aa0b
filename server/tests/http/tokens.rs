//! Tokens of the API: who makes, sees and revokes them, and what they open.

use super::kit::{App, By, DAY, RequestExt, stored_bytes};
use api::list::List;
use api::token::{CreatedToken, Token};
use api::workspace::Workspace;
use app::tokens::TokenList;
use http::{Method, StatusCode};
use serde_json::json;
use server::Clock;

#[tokio::test]
async fn a_token_is_shown_once_and_stored_as_a_hash() {
    let app = App::signed_in().await;
    let secret = app.new_token(&[]).await;
    assert!(secret.starts_with("portolan_") && secret.len() == 82, "{secret}");
    let page = app.page("/tokens").await;
    assert!(page.text.contains("Revoke ci") && !page.text.contains(&secret));
    let plain = app.post(
        "/ui/tokens/create",
        &[("token_name", "b"), ("role", "Viewer"), ("days", "1"), ("page", "/tokens")],
        By::PlainForm,
    );
    let plain = plain.await;
    assert!(plain.status.is_success() && plain.text.contains("portolan_"), "{}", plain.text);
    assert!(!stored_bytes(app.folder.path()).windows(secret.len()).any(|window| window == secret.as_bytes()));
}

#[tokio::test]
async fn only_a_valid_token_in_the_header_opens_the_api() {
    let app = App::signed_in().await;
    let ci = app.token(&[]).await;
    assert_eq!(ci.get("/workspaces").await.status, StatusCode::OK);
    // A session does not open the API, and a token not the pages.
    let with_cookie = app.send(app.request(Method::GET, "/api/v1/workspaces")).await;
    assert_eq!(with_cookie.problem().0, "unauthenticated");
    assert_eq!(with_cookie.header("www-authenticate"), "Bearer realm=\"portolan\"");
    for path in ["/image-registries", "/ui/image-registries/list", "/events"] {
        let request = app.request(Method::GET, path).without_header("cookie");
        let answer = app.send(request.with_header("authorization", &format!("Bearer {}", ci.token))).await;
        assert!(!answer.status.is_success(), "{path}");
    }
    let in_query = ci.get(&format!("/workspaces?token={}", ci.token)).await;
    assert_eq!(in_query.problem().0, "bad-request");
    assert!(!in_query.text.contains(&ci.token));
    let mut mistyped = ci.token.clone();
    mistyped.replace_range(20..21, if &ci.token[20..21] == "0" { "1" } else { "0" });
    for wrong in ["", "x", &mistyped, &ci.token.to_uppercase(), &format!("portolan_{}_00000000", "0".repeat(64))] {
        assert_eq!(app.client(wrong).get("/workspaces").await.problem().0, "unauthenticated", "{wrong}");
    }
    let basic = ci.request(Method::GET, "/workspaces", None).with_header("authorization", "Basic YTpi");
    assert_eq!(ci.send(basic).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_ends_when_it_expires_is_revoked_or_its_owner_may_not_log_in() {
    let mut app = App::signed_in().await;
    let (short, long) = (app.new_token(&[("days", "1")]).await, app.new_token(&[("token_name", "long")]).await);
    app.clock.advance(DAY - 1);
    assert_eq!(app.client(&short).get("/workspaces").await.status, StatusCode::OK);
    app.clock.advance(1);
    assert!(app.client(&short).get("/workspaces").await.text.contains("expired"));
    assert_eq!(app.client(&long).get("/workspaces").await.status, StatusCode::OK);
    app.log_in().await;
    let list: TokenList = app.page("/ui/tokens/list").await.json();
    let row = list.rows.iter().find(|row| row.name == "long").unwrap();
    app.post("/ui/tokens/revoke", &[("token", &row.id)], By::Script).await.form_response();
    assert!(app.client(&long).get("/workspaces").await.text.contains("revoked"));
    let again = app.post("/ui/tokens/revoke", &[("token", &row.id)], By::Script).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_personal_token_may_do_what_its_owner_may_do_now_and_no_more_than_its_limit() {
    let mut app = App::signed_in().await;
    let administrator = app.cookie();
    app.create_workspace("harbour").await;
    let bo = app.person("bo", "None", &[("default", "Editor"), ("harbour", "Viewer")]).await;
    app.set_cookie(Some(&bo));
    // Nobody makes a token that allows more than they may do.
    for fields in
        [[("role", "Administrator"), ("workspace", "default")], [("role", "Editor"), ("workspace", "harbour")]]
    {
        let fields = [&fields[..], &[("token_name", "x"), ("days", "1")]].concat();
        assert_eq!(
            app.post("/ui/tokens/create", &fields, By::Script).await.status,
            StatusCode::FORBIDDEN,
            "{fields:?}"
        );
    }
    let with_right = [("token_name", "x"), ("days", "1"), ("role", "Viewer"), ("read_credentials", "yes")];
    assert_eq!(app.post("/ui/tokens/create", &with_right, By::Script).await.status, StatusCode::FORBIDDEN);
    let (editor, viewer) = (app.new_token(&[("role", "Editor")]).await, app.new_token(&[("role", "Viewer")]).await);
    let limited = app.new_token(&[("role", "Editor"), ("workspace", "default")]).await;
    assert_eq!(create(&app, &editor, "default", "one").await, StatusCode::CREATED);
    assert_eq!(create(&app, &editor, "harbour", "one").await, StatusCode::FORBIDDEN);
    assert_eq!(create(&app, &viewer, "default", "two").await, StatusCode::FORBIDDEN);
    assert_eq!(create(&app, &limited, "default", "three").await, StatusCode::CREATED);
    assert_eq!(create(&app, &limited, "harbour", "one").await, StatusCode::NOT_FOUND, "limited to another workspace");
    // The owner loses the role: so do the tokens.
    app.set_cookie(administrator.as_deref());
    app.give_role("default", "bo", "Viewer").await;
    assert_eq!(create(&app, &editor, "default", "four").await, StatusCode::FORBIDDEN);
    app.give_role("default", "bo", "None").await;
    assert!(app.client(&limited).get("/workspaces").await.text.contains("no role any more"));
    let id = app.user_id("bo").await;
    app.post("/ui/users/disabled", &[("user", &id), ("disabled", "yes")], By::Script).await.form_response();
    assert!(app.client(&viewer).get("/workspaces").await.text.contains("may not log in"));
}

/// Tries to create a registry with a token.
async fn create(app: &App, token: &str, workspace: &str, name: &str) -> StatusCode {
    let body = json!({"metadata": {"name": name}, "spec": {"url": "a.example"}});
    app.client(token).post(&format!("/workspaces/{workspace}/image_registries"), &body).await.status
}

#[tokio::test]
async fn a_token_of_a_workspace_outlives_its_maker() {
    let mut app = App::signed_in().await;
    let administrator = app.cookie();
    app.create_workspace("harbour").await;
    let manager = app.person("manager", "None", &[("harbour", "Administrator"), ("default", "Editor")]).await;
    app.set_cookie(Some(&manager));
    let belongs = [("belongs_to_workspace", "yes"), ("token_name", "nodes"), ("days", "90"), ("role", "Editor")];
    let elsewhere = [&belongs[..], &[("workspace", "default")]].concat();
    assert_eq!(app.post("/ui/tokens/create", &elsewhere, By::Script).await.status, StatusCode::FORBIDDEN);
    let nodes = app.new_token(&[&belongs[..], &[("workspace", "harbour")]].concat()).await;
    app.set_cookie(administrator.as_deref());
    let id = app.user_id("manager").await;
    app.post("/ui/users/delete", &[("user", &id)], By::Script).await.form_response();
    let nodes = app.client(&nodes);
    let body = json!({"metadata": {"name": "one"}, "spec": {"url": "a.example"}});
    let created = nodes.post("/workspaces/harbour/image_registries", &body).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
    assert_eq!(app.details("harbour", "one").await.created_by, "token nodes");
    assert_eq!(nodes.get("/workspaces/default").await.problem().0, "not-found");
    // It is seen and revoked by administrators.
    let list: TokenList = app.page("/ui/tokens/list").await.json();
    assert_eq!((list.rows[0].name.as_str(), list.rows[0].owner.as_deref()), ("nodes", None));
}

#[tokio::test]
async fn w5_w6_a_token_is_seen_and_revoked_by_its_owner_and_by_administrators_of_where_it_belongs() {
    let mut app = App::signed_in().await;
    let administrator = app.cookie();
    app.create_workspace("harbour").await;
    let anna = [("token_name", "of-anna"), ("role", "Viewer")];
    let nodes =
        [("token_name", "of-harbour"), ("role", "Viewer"), ("workspace", "harbour"), ("belongs_to_workspace", "yes")];
    let mut ids = Vec::new();
    for fields in [&anna[..], &nodes] {
        app.new_token(fields).await;
        let list: TokenList = app.page("/ui/tokens/list").await.json();
        ids.push(list.rows.iter().find(|row| row.name == fields[0].1).unwrap().id.clone());
    }
    let people = [
        ("viewer", "None", vec![("harbour", "Viewer")], vec![]),
        ("editor", "Editor", vec![("harbour", "Editor")], vec![]),
        ("elsewhere", "None", vec![("default", "Administrator")], vec![]),
        ("manager", "None", vec![("harbour", "Administrator")], vec!["of-harbour"]),
        ("all", "Administrator", vec![], vec!["of-anna", "of-harbour"]),
    ];
    for (name, role, roles, visible) in people {
        app.set_cookie(administrator.as_deref());
        let cookie = app.person(name, role, &roles).await;
        app.set_cookie(Some(&cookie));
        let own = app.new_token(&[("token_name", name), ("role", "Viewer")]).await;
        let list: TokenList = app.page("/ui/tokens/list").await.json();
        let mut names: Vec<_> = list.rows.iter().map(|row| row.name.as_str()).collect();
        names.sort_unstable();
        // Administrators see those of the people before them, too.
        names.retain(|seen| *seen == name || seen.starts_with("of-"));
        let mut expected = [&[name][..], &visible].concat();
        expected.sort_unstable();
        assert_eq!(names, expected, "{name}");
        let revoke = async |id: &str| app.post("/ui/tokens/revoke", &[("token", id)], By::Script).await;
        let absent = revoke("0123456789abcdef0123456789abcdef").await;
        for (id, token) in ids.iter().zip(["of-anna", "of-harbour"]).filter(|(_, token)| !visible.contains(token)) {
            let hidden = revoke(id).await;
            assert_eq!((hidden.status, &hidden.text), (StatusCode::NOT_FOUND, &absent.text), "{name} {token}");
        }
        assert_eq!(app.client(&own).get("/workspaces").await.status, StatusCode::OK);
        let own = list.rows.iter().find(|row| row.name == name).unwrap();
        revoke(&own.id).await.form_response();
    }
    for id in &ids {
        app.post("/ui/tokens/revoke", &[("token", id)], By::Script).await.form_response();
    }
}

#[tokio::test]
async fn a_token_makes_only_tokens_that_do_not_outlive_it_and_only_as_an_administrator() {
    let app = App::signed_in().await;
    let (strong, weak) = (app.token(&[("days", "10")]).await, app.token(&[("role", "Editor")]).await);
    let input = json!({"name": "child", "role": "Viewer", "days": 300});
    assert_eq!(weak.post("/tokens", &input).await.problem().0, "forbidden");
    assert_eq!(weak.get("/tokens").await.problem().0, "forbidden");
    let answer = strong.post("/tokens", &input).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let child: CreatedToken = answer.json();
    let all: List<Token> = strong.get("/tokens").await.json();
    let parent = all.items.iter().find(|token| token.role == "Administrator").unwrap();
    assert_eq!(child.token.expiration_timestamp, parent.expiration_timestamp);
    let child_secret = child.secret.unwrap();
    let child_client = app.client(child_secret.expose());
    assert_eq!(child_client.get("/workspaces").await.status, StatusCode::OK);
    assert_eq!(strong.delete(&format!("/tokens/{}", child.token.id)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(child_client.get("/workspaces").await.status, StatusCode::UNAUTHORIZED);
    let invalid = strong.post("/tokens", &json!({"name": "", "role": "Owner", "days": 0})).await;
    assert_eq!(invalid.problem().1, ["/name", "/role", "/days"]);
}

/// What a token made with a token sees and may do, beside what its maker does. An owner may do everything.
#[tokio::test]
async fn a_token_makes_no_token_that_reaches_beyond_its_own_workspace() {
    let app = App::signed_in().await;
    app.create_workspace("team").await;
    app.create_workspace("other").await;
    for belongs in ["", "yes"] {
        let fields = [("workspace", "team"), ("role", "Administrator"), ("belongs_to_workspace", belongs)];
        let maker = app.token(&fields).await;
        for workspace in [json!(null), json!("other"), json!("team"), json!("All workspaces")] {
            for child_belongs in [false, true] {
                let input = json!({"name": "child", "role": "Administrator", "workspace": workspace, "belongs_to_workspace": child_belongs});
                let answer = maker.post("/tokens", &input).await;
                let place = format!("{belongs:?} {workspace} {child_belongs}: {}", answer.text);
                if answer.status != StatusCode::CREATED {
                    assert!(workspace != "team" || !belongs.is_empty(), "{place}");
                    continue;
                }
                assert_eq!(workspace, "team", "{place}");
                let child: CreatedToken = answer.json();
                let child = app.client(child.secret.unwrap().expose());
                let seen: List<Workspace> = child.get("/workspaces").await.json();
                assert_eq!(seen.items.len(), 1, "{place}");
                assert_eq!(child.get("/users").await.status, StatusCode::FORBIDDEN, "{place}");
            }
        }
    }
}

#[tokio::test]
async fn every_token_is_listed_and_can_be_revoked_however_many_there_are() {
    let mut app = App::signed_in().await;
    let ci = app.new_token(&[("token_name", "first")]).await;
    let first: TokenList = app.page("/ui/tokens/list").await.json();
    let id = first.rows[0].id.clone();
    app.clock.advance(1);
    let bo = app.person("bo", "Viewer", &[]).await;
    let make = async || {
        let fields = [("token_name", "many"), ("role", "Viewer"), ("days", "1")];
        app.send(app.form("/ui/tokens/create", &fields, By::Script).with_header("cookie", &bo)).await
    };
    for _ in 0..200 {
        make().await.form_response();
    }
    let refused = make().await;
    assert!(refused.message_at("token_name").contains("There are 200 tokens already."), "{}", refused.text);
    let last: TokenList = app.page("/ui/tokens/list?page=3").await.json();
    assert_eq!((last.page_info.total, last.rows.len(), &last.rows[0].id), (201, 1, &id));
    let pages: List<Token> = app.client(&ci).get("/tokens?cursor=3").await.json();
    assert_eq!((pages.items.len(), pages.next_cursor), (1, None));
    // They expire, and are forgotten after a while.
    app.clock.advance(31 * DAY + 1);
    app.log_in().await;
    app.new_token(&[("token_name", "last")]).await;
    let left: TokenList = app.page("/ui/tokens/list").await.json();
    assert_eq!(left.page_info.total, 2);
    app.post("/ui/tokens/revoke", &[("token", &id)], By::Script).await.form_response();
    assert_eq!(app.client(&ci).get("/workspaces").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_list_says_when_and_from_where_a_token_was_last_used() {
    let app = App::signed_in().await;
    let ci = app.token(&[]).await;
    let row = async || {
        let mut list: TokenList = app.page("/ui/tokens/list").await.json();
        list.rows.remove(0)
    };
    assert_eq!(row().await.last_used, None);
    ci.send(ci.request(Method::GET, "/workspaces", None).with_peer("192.0.2.7")).await.json::<serde_json::Value>();
    let used = row().await;
    assert_eq!((used.last_used_address.as_deref(), used.last_used.unwrap().at), (Some("192.0.2.7"), app.clock.now()));
}

#[tokio::test]
async fn making_and_revoking_a_token_is_recorded_and_so_is_what_it_does() {
    let app = App::signed_in().await;
    let ci = app.token(&[]).await;
    let body = json!({"metadata": {"name": "one"}, "spec": {"url": "a.example"}});
    ci.post("/workspaces/default/image_registries", &body).await.json::<serde_json::Value>();
    let list: TokenList = app.page("/ui/tokens/list").await.json();
    app.post("/ui/tokens/revoke", &[("token", &list.rows[0].id)], By::Script).await.form_response();
    let trail: app::audit::AuditPage = app.page("/ui/audit/list?").await.json();
    let lines: Vec<_> = trail.rows.iter().take(3).map(|row| (row.event.as_str(), row.who.as_str())).collect();
    assert_eq!(lines, [("token.revoke", "anna"), ("registry.create", "anna (token ci)"), ("token.create", "anna")]);
}

#[tokio::test]
async fn tests_with_one_token_of_a_workspace_do_not_use_up_those_of_another() {
    let app = App::signed_in().await;
    let of_workspace = [("workspace", "default"), ("belongs_to_workspace", "yes"), ("role", "Editor")];
    let (one, other) = (app.token(&of_workspace).await, app.token(&of_workspace).await);
    let path = "/workspaces/default/image_registries/test_connection";
    let body = json!({"metadata": {"name": "one"}, "spec": {"url": "https://127.0.0.1:1"}});
    let mut last = one.post(path, &body).await;
    for _ in 0..10 {
        last = one.post(path, &body).await;
    }
    assert_eq!(last.problem().0, "rate-limited");
    assert_eq!(other.post(path, &body).await.status, StatusCode::OK);
}
