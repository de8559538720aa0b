//! Every operation of the API, with every kind of token, to what it may see and what it may not. `api.matrix` says what
//! comes of it. The operations are those of the served document, so a new one without a line fails the test.

use super::kit::{Answer, App, RequestExt};
use api::token::CreatedToken;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const MATRIX: &str = include_str!("api.matrix");

const COLUMNS: [&str; 9] = ["nobody", "other", "viewer", "editor", "manager", "reader", "everyV", "everyE", "everyA"];

struct Row {
    method: &'static str,
    path: &'static str,
    on: &'static str,
    outcomes: Vec<&'static str>,
}

fn rows() -> Vec<Row> {
    let lines = MATRIX.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            Row { method: words[0], path: words[1], on: words[2], outcomes: words[3..].to_vec() }
        })
        .collect()
}

#[tokio::test]
async fn w5_every_operation_of_the_api_has_a_line_in_the_matrix() {
    let document: Value = App::fresh().await.page("/api/openapi.json").await.json();
    let mut there = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|key| *key != "parameters") {
            there.insert(format!("{} {}", method.to_uppercase(), path.strip_prefix("/api/v1").unwrap()));
        }
    }
    let known: BTreeSet<_> = rows().iter().map(|row| format!("{} {}", row.method, row.path)).collect();
    assert_eq!(known, there);
}

/// The token of a column, for one workspace. Empty for nobody.
pub async fn token(app: &App, column: &str, workspace: &str) -> String {
    let belongs = [("belongs_to_workspace", "yes"), ("token_name", "t"), ("days", "1")];
    let of = |workspace, role| [&belongs[..], &[("workspace", workspace), ("role", role)]].concat();
    let fields = match column {
        "nobody" => return String::new(),
        "other" => of("elsewhere", "Administrator"),
        "viewer" => of(workspace, "Viewer"),
        "editor" => of(workspace, "Editor"),
        "manager" => of(workspace, "Administrator"),
        "reader" => [&of(workspace, "Viewer")[..], &[("read_credentials", "yes")]].concat(),
        "everyV" => vec![("role", "Viewer")],
        "everyE" => vec![("role", "Editor")],
        "everyA" => vec![("role", "Administrator")],
        other => panic!("{other}"),
    };
    app.new_token(&fields).await
}

/// A complete request, which succeeds for whoever may do it.
async fn request(app: &App, row: &Row, token: &str, workspace: &str, id: &str) -> Answer {
    let client = app.client(token);
    let path = row.path.replace("{workspace}", workspace).replace("{name}", "one").replace("{id}", id);
    let spec = json!({"url": "https://127.0.0.1:1"});
    let input = json!({"metadata": {"name": "new"}, "spec": spec});
    let body = match (row.method, row.path) {
        ("POST", "/workspaces") => json!({"metadata": {"name": format!("{workspace}-new")}}),
        ("POST", "/apply") => {
            let metadata = json!({"name": "one", "workspace": workspace});
            json!({"manifests": [{"kind": "ImageRegistry", "metadata": metadata, "spec": {
                "url": format!("https://{workspace}.example.com"), "repository": "new"
            }}]})
        }
        ("POST", "/tokens") => {
            json!({"name": "n", "role": "Viewer", "workspace": workspace, "belongs_to_workspace": true})
        }
        ("POST", path) if path.ends_with("bulk_delete") => json!({"names": ["one"]}),
        ("POST", path) if path.ends_with("/test") => json!({"spec": {"url": spec["url"], "authconfig": null}}),
        ("POST", path) if path.ends_with("/check") => Value::Null,
        ("POST", _) => input,
        ("PATCH", _) => json!({"spec": {"repository": "new"}}),
        _ => Value::Null,
    };
    let query = match row.path {
        "/credentials" => format!("?purpose=t&server={workspace}.example.com"),
        path if path.ends_with("/credentials") => "?purpose=t".to_owned(),
        "/image_registries" => format!("?search={workspace}"),
        _ => String::new(),
    };
    let method = Method::from_bytes(row.method.as_bytes()).unwrap();
    let body = Some(body).filter(|body| !body.is_null());
    let request = client.request(method, &(path + &query), body.as_ref());
    client.send(request.with_header("if-match", "*")).await
}

#[tokio::test]
async fn w5_w6_every_token_can_do_what_the_matrix_says_and_nothing_else() {
    let mut app = App::signed_in().await;
    app.allow_reading_credentials().await;
    app.create_workspace("elsewhere").await;
    let mut number = 0;
    for row in rows() {
        assert_eq!(row.outcomes.len(), COLUMNS.len(), "{}", row.path);
        for (column, outcome) in COLUMNS.iter().zip(&row.outcomes) {
            number += 1;
            let workspace = format!("w{number}");
            app.create_workspace(&workspace).await;
            if row.on == "registry" {
                let url = format!("https://{workspace}.example.com");
                let fields = [("name", "one"), ("workspace", &*workspace), ("url", &*url)];
                app.create_registry(&[&fields[..], &[("username", "u"), ("password", "canary")]].concat()).await;
            }
            let id = if row.on == "token" { victim(&app, &workspace).await } else { String::new() };
            let token = token(&app, column, &workspace).await;
            let answer = request(&app, &row, &token, &workspace, &id).await;
            let place = format!("{} {} as {column}: {} {}", row.method, row.path, answer.status, answer.text);
            let shows_canary = answer.text.contains("canary");
            assert_eq!(shows_canary, *outcome == "yes" && row.path.ends_with("/credentials"), "{place}");
            match *outcome {
                "401" => assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{place}"),
                "no" if row.method == "POST" && row.path == "/tokens" && *column == "other" => {
                    // The workspace of the token to make is a field of the body.
                    assert_eq!(answer.problem().1, ["/workspace"], "{place}");
                }
                "no" if row.path == "/apply" && *column == "other" => {
                    assert_eq!(answer.problem().1, ["/manifests/0/metadata/workspace"], "{place}");
                }
                "no" => assert_eq!(answer.status, StatusCode::FORBIDDEN, "{place}"),
                "yes" => assert!(answer.status.is_success(), "{place}"),
                "gone" if answer.status.is_success() => assert!(!answer.text.contains(&workspace), "{place}"),
                "gone" => assert_eq!(answer.status, StatusCode::NOT_FOUND, "{place}"),
                other => panic!("{other}"),
            }
        }
    }
}

/// A token of the workspace. Returns its id.
async fn victim(app: &App, workspace: &str) -> String {
    let administrator = app.token(&[("token_name", "a")]).await;
    let input = json!({"name": "v", "role": "Viewer", "workspace": workspace, "belongs_to_workspace": true});
    administrator.post("/tokens", &input).await.json::<CreatedToken>().token.id
}
