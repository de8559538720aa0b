//! Manifests: planned, applied all or not at all, with the rights and the audit trail of the pages.

use super::kit::{App, By, RequestExt, USER, database};
use api::apply::{Plan, PlanAction};
use api::manifest::parse;
use api::problem::{Problem, kind};
use app::audit::AuditPage;
use app::image_registries::RegistryDetails;
use app::image_registries::port::ImageRegistries;
use app::manifests::port::Manifests;
use app::{Actor, AppError, Client};
use axum::body::Body;
use domain::{Grant, Rights, Role};
use http::{Method, StatusCode};
use serde_json::Value;

/// The example of Neutree, as it is.
const EXAMPLE: &str = "
apiVersion: v1
kind: ImageRegistry
metadata: {name: my-registry, workspace: default}
spec: {url: https://registry.example.com, repository: team, authconfig: {username: robot, password: canary-secret}}
";

/// Somebody with this role everywhere and these roles in workspaces.
async fn actor(app: &App, name: &str, everywhere: Option<Role>, roles: &[(&str, Role)]) -> Actor {
    let pool = database(app.folder.path()).await;
    let id = async |table: &str, name: &str| -> String {
        let sql = sqlx::AssertSqlSafe(format!("select id from {table} where name = '{name}'"));
        sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap()
    };
    let mut rights = Rights { everywhere: everywhere.map(Grant::from), ..Rights::default() };
    for (workspace, role) in roles {
        rights.workspaces.insert(id("workspace", workspace).await, (*role).into());
    }
    let user_id = id("account", name).await;
    pool.close().await;
    Actor {
        user_id,
        user_name: name.to_owned(),
        session_id: String::new(),
        rights,
        token: None,
        client: Client::default(),
    }
}

pub async fn administrator(app: &App) -> Actor {
    actor(app, USER, Some(Role::Administrator), &[]).await
}

fn documents(text: &str) -> Vec<Value> {
    parse(text).unwrap()
}

async fn plan(app: &App, actor: &Actor, text: &str) -> Plan {
    app.state.plan_manifests(actor, &documents(text)).await.unwrap()
}

async fn apply(app: &App, actor: &Actor, text: &str) -> Result<Plan, AppError> {
    app.state.apply_manifests(actor, &documents(text), None, false).await
}

fn actions(plan: &Plan) -> Vec<PlanAction> {
    plan.items.iter().map(|item| item.action).collect()
}

/// The changes of an item, one a line.
fn changes(plan: &Plan, number: usize) -> Vec<String> {
    let changes = plan.items[number].changes.iter();
    changes.map(|change| format!("{}: {} > {}", change.field, change.from, change.to)).collect()
}

/// The errors of an item, each with its pointer.
fn errors(plan: &Plan, number: usize) -> Vec<String> {
    plan.items[number].errors.iter().map(|error| format!("{} {}", error.pointer, error.detail)).collect()
}

fn registry(workspace: &str, name: &str, spec: &str) -> String {
    format!("---\nkind: ImageRegistry\nmetadata: {{name: {name}, workspace: {workspace}}}\nspec: {{{spec}}}\n")
}

/// What the audit trail says, oldest first, after the set-up.
async fn trail(app: &App) -> Vec<String> {
    let page: AuditPage = app.page("/ui/audit/list").await.json();
    let line = |row: app::audit::AuditRow| {
        let place = [row.workspace, row.object].into_iter().flatten().collect::<Vec<_>>().join("/");
        format!("{} {place} {}", row.what, row.changes.join(", ")).trim().to_owned()
    };
    page.rows.into_iter().rev().map(line).filter(|line| line != "Set up").collect()
}

#[tokio::test]
async fn the_example_of_neutree_is_created_and_is_the_same_when_applied_again() {
    let app = App::signed_in().await;
    let anna = administrator(&app).await;
    let planned = plan(&app, &anna, EXAMPLE).await;
    assert_eq!(actions(&planned), [PlanAction::Create]);
    let fields =
        ["URL:  > https://registry.example.com", "Repository:  > team", "Username:  > robot", "Password:  > set"];
    assert_eq!(changes(&planned, 0), fields);
    assert!(!planned.applied && app.list("").await.rows.is_empty(), "a plan stores nothing");

    let done = app.state.apply_manifests(&anna, &documents(EXAMPLE), Some(&planned.fingerprint), false).await.unwrap();
    assert_eq!((done.applied, done.items, done.fingerprint), (true, planned.items, planned.fingerprint));
    let created = app.details("default", "my-registry").await;
    assert_eq!(
        (created.image_prefix.as_str(), created.username.as_deref()),
        ("registry.example.com/team", Some("robot"))
    );

    let again = apply(&app, &anna, EXAMPLE).await.unwrap();
    assert_eq!((actions(&again), again.applied), (vec![PlanAction::Same], true));
    assert_eq!(app.details("default", "my-registry").await.version, created.version);
    let created = "Create image registry default/my-registry URL: https://registry.example.com, Repository: team, \
                   Username: robot, Password: set";
    assert_eq!(trail(&app).await, [created], "what stays the same is not recorded");
}

#[tokio::test]
async fn a_change_shows_what_changes_and_never_a_password() {
    let app = App::signed_in().await;
    let anna = administrator(&app).await;
    apply(&app, &anna, EXAMPLE).await.unwrap();
    let other = EXAMPLE.replace("team", "ships").replace("canary-secret", "canary-other");
    let planned = plan(&app, &anna, &other).await;
    assert_eq!(actions(&planned), [PlanAction::Change]);
    assert_eq!(changes(&planned, 0), ["Repository: team > ships", "Password: set > replaced"]);
    assert!(!serde_json::to_string(&planned).unwrap().contains("canary"));
    apply(&app, &anna, &other).await.unwrap();
    assert_eq!(app.details("default", "my-registry").await.repository, "ships");
    assert_eq!(actions(&plan(&app, &anna, &other).await), [PlanAction::Same], "the new password is stored");

    let moved = other.replace("registry.example.com", "other.example.com");
    assert_eq!(
        changes(&plan(&app, &anna, &moved).await, 0).len(),
        2,
        "an address, and the password that is stored for it"
    );
    apply(&app, &anna, &moved).await.unwrap();
    assert_eq!(actions(&plan(&app, &anna, &moved).await), [PlanAction::Same], "it opens for the new address");
}

#[tokio::test]
async fn credentials_stay_unless_the_manifest_says_otherwise() {
    let app = App::signed_in().await;
    let anna = administrator(&app).await;
    apply(&app, &anna, EXAMPLE).await.unwrap();
    let with = |authconfig: &str| {
        registry("default", "my-registry", &format!("url: https://registry.example.com, repository: team{authconfig}"))
    };
    for same in ["", ", authconfig: {username: robot}"] {
        assert_eq!(actions(&plan(&app, &anna, &with(same)).await), [PlanAction::Same], "{same}");
    }
    let elsewhere = plan(&app, &anna, &with("").replace("registry.example", "evil.example")).await;
    assert_eq!(actions(&elsewhere), [PlanAction::Broken], "a stored password is not sent to another address");
    assert!(errors(&elsewhere, 0)[0].starts_with("/spec/authconfig/password The stored password was entered for"));
    let somebody = plan(&app, &anna, &with(", authconfig: {username: other}")).await;
    assert!(errors(&somebody, 0)[0].starts_with("/spec/authconfig/password The stored password belongs to robot."));
    let removed = apply(&app, &anna, &with(", authconfig: null")).await.unwrap();
    assert_eq!(changes(&removed, 0), ["Username: robot > ", "Password: set > "]);
    assert_eq!(app.details("default", "my-registry").await.username, None);
    assert_eq!(actions(&plan(&app, &anna, &with(", authconfig: {}")).await), [PlanAction::Same]);
}

#[tokio::test]
async fn labels_stay_unless_the_manifest_names_them() {
    let app = App::signed_in().await;
    let anna = administrator(&app).await;
    let with = |metadata: &str| {
        format!("kind: ImageRegistry\nmetadata: {{name: one, workspace: default{metadata}}}\nspec: {{url: a.example}}")
    };
    let labelled = apply(&app, &anna, &with(", labels: {team: a}, annotations: {x/y: long text}")).await.unwrap();
    assert_eq!(changes(&labelled, 0)[1..], ["Labels:  > team=a", "Annotations:  > x/y"]);
    let stored = app.state.registry(&anna, "default", "one").await.unwrap();
    assert_eq!(stored.labels.annotations["x/y"], "long text");
    for same in ["", ", labels: {team: a}", ", annotations: {x/y: long text}"] {
        assert_eq!(actions(&plan(&app, &anna, &with(same)).await), [PlanAction::Same], "{same}");
    }
    let other = apply(&app, &anna, &with(", labels: {}, annotations: {x/y: other}")).await.unwrap();
    assert_eq!(changes(&other, 0), ["Labels: team=a > ", "Annotations: x/y > x/y, with other values"]);
    assert_eq!(
        trail(&app).await.last().unwrap(),
        "Edit image registry default/one Labels: team=a \u{2192} none, Annotations: x/y \u{2192} x/y, with other values"
    );
    let broken = plan(&app, &anna, &with(", labels: {'a b': c}")).await;
    assert!(errors(&broken, 0)[0].starts_with("/metadata/labels "), "{:?}", errors(&broken, 0));
}

#[tokio::test]
async fn one_broken_manifest_keeps_all_from_being_applied() {
    let app = App::signed_in().await;
    let anna = administrator(&app).await;
    let text = [
        &registry("team", "one", "url: a.example"),
        "---\nkind: Workspace\nmetadata: {name: team}\n",
        &registry("default", "two", "url: a.example/path, uri: x, repository: UP, authconfig: {username: u}"),
        &registry("nowhere", "three", "url: a.example"),
        "---\nkind: Cluster\nmetadata: {name: four}\n",
        &registry("default", "twice", "url: a.example"),
        &registry("default", "twice", "url: b.example"),
        &registry("''", "Bad Name", "url: a.example"),
    ]
    .concat();
    let planned = plan(&app, &anna, &text).await;
    let [good, broken] = [PlanAction::Create, PlanAction::Broken];
    assert_eq!(actions(&planned), [good, good, broken, broken, broken, broken, broken, broken]);
    let pointers: Vec<_> = planned.items[2].errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/spec/uri", "/spec/url", "/spec/repository", "/spec/authconfig/password"], "all at once");
    assert_eq!(
        errors(&planned, 3),
        ["/metadata/workspace There is no workspace nowhere. Create it, or add a manifest of it."]
    );
    assert_eq!(errors(&planned, 5), ["/metadata/name There is another manifest of this name. Remove one."]);
    assert_eq!(errors(&planned, 5), errors(&planned, 6));
    assert_eq!(errors(&planned, 7).len(), 2);

    let AppError::Validation(refused) = apply(&app, &anna, &text).await.unwrap_err() else { panic!("applied") };
    assert_eq!(refused.len(), 4 + 1 + 1 + 2 + 2);
    assert_eq!(refused[0].field, "/manifests/2/spec/uri");
    assert!(app.list("").await.rows.is_empty());
    assert_eq!(trail(&app).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_workspace_and_its_registries_are_created_together_in_any_order() {
    let app = App::signed_in().await;
    let anna = administrator(&app).await;
    let team = "---\nkind: Workspace\nmetadata: {name: team}\n";
    let text =
        [&*registry("team", "two", "url: a.example"), &*registry("team", "one", "url: a.example"), team].concat();
    apply(&app, &anna, &text).await.unwrap();
    assert_eq!(app.list("workspace=team").await.page_info.total, 2);
    assert_eq!(
        trail(&app).await,
        [
            "Create workspace team",
            "Create image registry team/one URL: https://a.example",
            "Create image registry team/two URL: https://a.example",
        ]
    );
    assert_eq!(actions(&apply(&app, &anna, &text).await.unwrap()), [PlanAction::Same; 3]);
}

#[tokio::test]
async fn rights_are_those_of_the_pages() {
    let app = App::signed_in().await;
    app.create_workspace("team").await;
    for name in ["vera", "edgar"] {
        app.invite(name, "None").await;
    }
    let anna = administrator(&app).await;
    apply(&app, &anna, EXAMPLE).await.unwrap();
    let viewer = actor(&app, "vera", Some(Role::Viewer), &[]).await;
    for refused in [
        app.state.plan_manifests(&viewer, &documents(EXAMPLE)).await,
        app.state.apply_manifests(&viewer, &documents(EXAMPLE), None, false).await,
    ] {
        assert!(matches!(refused, Err(AppError::Forbidden(_))), "{refused:?}");
    }
    app.give_role("team", "edgar", "Editor").await;
    app.give_role("default", "edgar", "Viewer").await;
    let editor = actor(&app, "edgar", None, &[("team", Role::Editor), ("default", Role::Viewer)]).await;
    let own = registry("team", "one", "url: a.example");
    let before = trail(&app).await.len();
    for other in [
        EXAMPLE.to_owned(),
        EXAMPLE.replace("canary-secret", "guess"),
        registry("default", "new", "url: a.example"),
        "---\nkind: Workspace\nmetadata: {name: new}\n".to_owned(),
    ] {
        let planned = plan(&app, &editor, &format!("{own}---\n{other}")).await;
        assert_eq!(actions(&planned), [PlanAction::Create, PlanAction::Broken]);
        assert!(planned.items[1].changes.is_empty() && errors(&planned, 1)[0].starts_with(" This takes the role"));
        let refused = apply(&app, &editor, &format!("{own}---\n{other}")).await;
        assert!(matches!(refused, Err(AppError::Forbidden(_))), "{refused:?}");
    }
    assert_eq!(app.list("workspace=team").await.page_info.total, 0);
    assert_eq!(trail(&app).await.len(), before + 4, "each refusal is recorded");
    // What he does not see does not exist.
    let stranger = actor(&app, "edgar", None, &[("team", Role::Editor)]).await;
    app.give_role("default", "edgar", "None").await;
    let hidden = plan(&app, &stranger, EXAMPLE).await;
    assert!(errors(&hidden, 0)[0].starts_with("/metadata/workspace There is no workspace default."));
    assert_eq!(actions(&apply(&app, &stranger, &own).await.unwrap()), [PlanAction::Create]);
}

#[tokio::test]
async fn a_plan_that_is_another_one_by_now_is_not_applied() {
    let app = App::signed_in().await;
    let anna = administrator(&app).await;
    apply(&app, &anna, EXAMPLE).await.unwrap();
    let other = EXAMPLE.replace("team", "ships");
    let confirmed = plan(&app, &anna, &other).await;
    let RegistryDetails { id, .. } = app.details("default", "my-registry").await;
    let edit = [
        ("registry", id.as_str()),
        ("based_on", "1"),
        ("url", "https://registry.example.com"),
        ("repository", "boats"),
        ("username", "robot"),
    ];
    app.post("/ui/image-registries/update", &edit, By::Script).await.form_response();
    let late = app.state.apply_manifests(&anna, &documents(&other), Some(&confirmed.fingerprint), false).await;
    let Err(AppError::Conflict { current, .. }) = late else { panic!("{late:?}") };
    let now: Plan = current.read().unwrap();
    assert_eq!((changes(&now, 0), now.applied), (vec!["Repository: boats > ships".to_owned()], false));
    assert_eq!(app.details("default", "my-registry").await.repository, "boats");
    app.state.apply_manifests(&anna, &documents(&other), Some(&now.fingerprint), false).await.unwrap();
    assert_eq!(app.details("default", "my-registry").await.repository, "ships");
}

#[tokio::test]
async fn plans_that_are_applied_at_the_same_time_do_not_mix() {
    let app = App::signed_in().await;
    let anna = administrator(&app).await;
    let text = |url: &str| (0..10).map(|n| registry("default", &format!("r{n}"), &format!("url: {url}"))).collect();
    let texts: [String; 2] = [text("a.example"), text("b.example")];
    let (one, two) = tokio::join!(apply(&app, &anna, &texts[0]), apply(&app, &anna, &texts[1]));
    for done in [&one, &two] {
        assert!(matches!(done, Ok(_) | Err(AppError::Conflict { .. })), "{done:?}");
    }
    let urls: std::collections::BTreeSet<_> = app.list("").await.rows.into_iter().map(|row| row.url).collect();
    assert_eq!(urls.len(), 1, "{urls:?}");
}

#[tokio::test]
async fn who_uses_a_registry_is_named_before_it_leads_elsewhere() {
    let mut app = App::signed_in().await;
    app.allow_reading_credentials().await;
    let anna = administrator(&app).await;
    apply(&app, &anna, EXAMPLE).await.unwrap();
    let nodes = app.new_token(&[("token_name", "nodes"), ("role", "Viewer"), ("read_credentials", "yes")]).await;
    let path = "/workspaces/default/image_registries/my-registry/credentials?purpose=pull";
    assert_eq!(app.client(&nodes).get(path).await.status, StatusCode::OK);
    let elsewhere = EXAMPLE.replace("repository: team", "repository: ships");
    let planned = plan(&app, &anna, &elsewhere).await;
    assert!(planned.items[0].notes[0].starts_with("In use by nodes (1 address, "), "{planned:?}");
    let blind = apply(&app, &anna, &elsewhere).await.unwrap_err();
    assert!(blind.to_string().starts_with("In use: default/my-registry by nodes (1 address, "), "{blind}");
    // A page asks, too, whether the plan was seen or not.
    let import = async |confirmed: &str, by: By| {
        let fields = [
            ("manifests", elsewhere.as_str()),
            ("fingerprint", &planned.fingerprint),
            ("confirmed", confirmed),
            ("page", "/image-registries/import"),
        ];
        app.post("/ui/image-registries/import", &fields, by).await
    };
    assert!(matches!(import("", By::Script).await.expect_error(), AppError::InUse(_)));
    let returned = import("", By::PlainForm).await;
    assert_eq!(returned.status, StatusCode::CONFLICT);
    assert!(returned.text.contains("name=\"confirmed\""), "{}", returned.text);
    // The note names a time; the plan stays the same.
    app.clock.advance(10 * 60 * 1000);
    app.state.apply_manifests(&anna, &documents(&elsewhere), Some(&planned.fingerprint), true).await.unwrap();
    assert_eq!(app.details("default", "my-registry").await.repository, "ships");
    let labelled = elsewhere.replace("workspace: default", "workspace: default, labels: {a: b}");
    assert!(apply(&app, &anna, &labelled).await.unwrap().items[0].notes.is_empty(), "they pull from where they did");
}

#[tokio::test]
async fn manifests_are_imported_on_a_page_in_two_steps_and_never_sent_back() {
    let app = App::signed_in().await;
    let (path, preview) = ("/ui/image-registries/import", "/ui/image-registries/import/test");
    let page = ("page", "/image-registries/import");
    let script = app.post(preview, &[("manifests", EXAMPLE)], By::Script).await;
    let planned: Plan = script.form_response().result.unwrap().read().unwrap();
    assert_eq!(actions(&planned), [PlanAction::Create]);
    let plain = app.post(preview, &[("manifests", EXAMPLE), page], By::PlainForm).await;
    assert!(plain.text.contains("Create</strong> ImageRegistry default/my-registry"), "{}", plain.text);
    assert!(plain.text.contains(&planned.fingerprint) && plain.text.contains("Enter it again."), "{}", plain.text);
    assert!(app.list("").await.rows.is_empty(), "a preview stores nothing");
    for by in [By::Script, By::PlainForm] {
        let blind = app.post(path, &[("manifests", EXAMPLE), page], by).await;
        assert_eq!(blind.status, StatusCode::UNPROCESSABLE_ENTITY);
        let other = EXAMPLE.replace("team", "ships");
        let changed = app.post(path, &[("manifests", &other), ("fingerprint", &planned.fingerprint), page], by).await;
        assert_eq!(changed.status, StatusCode::UNPROCESSABLE_ENTITY);
        for answer in [&script, &plain, &blind, &changed] {
            assert!(!answer.text.contains("canary") && !answer.text.contains("apiVersion"), "{}", answer.text);
        }
    }
    let malformed = app.post(preview, &[("manifests", "a: 1\na: 2\n")], By::Script).await;
    assert_eq!(malformed.message_at("manifests"), "Line 2, column 1: the field a appears twice. Remove one.");
    let confirmed = [("manifests", EXAMPLE), ("fingerprint", &planned.fingerprint), page];
    assert_eq!(app.post(path, &confirmed, By::PlainForm).await.redirect(), "/image-registries");
    assert_eq!(app.details("default", "my-registry").await.username.as_deref(), Some("robot"));

    let export = app.page("/image-registries/export").await;
    assert_eq!(export.header("content-disposition"), "attachment; filename=\"image-registries.yaml\"");
    assert!(export.text.contains("username: robot") && !export.text.contains("canary"), "{}", export.text);
    for (filter, is_in) in [("q=nothing", false), ("workspace=default&status=Connected", false), ("q=my&page=7", true)]
    {
        let filtered = app.page(&format!("/image-registries/export?{filter}")).await;
        assert_eq!(filtered.text.contains("my-registry"), is_in, "{filter}: {}", filtered.text);
    }
    assert_eq!(app.page("/image-registries/export?status=x").await.status, StatusCode::BAD_REQUEST);
    let same = app.post(preview, &[("manifests", &export.text)], By::Script).await.form_response();
    assert_eq!(actions(&same.result.unwrap().read().unwrap()), [PlanAction::Same]);

    app.create_workspace("team").await;
    let config = r#"{"auths": {"registry.example.com": {"auth": "dTpjYW5hcnk="}}}"#;
    let chosen = app.post(preview, &[("manifests", config), ("workspace", "team")], By::Script).await.form_response();
    let chosen: Plan = chosen.result.unwrap().read().unwrap();
    assert_eq!(chosen.items[0].workspace.as_deref(), Some("team"));
    assert_eq!(actions(&chosen), [PlanAction::Create]);

    let editor = app.person("edgar", "None", &[("default", "Viewer")]).await;
    for path in [path, preview] {
        let request = app.form(path, &confirmed[..2], By::Script).with_header("cookie", &editor);
        assert_eq!(app.send(request).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_stored_password_cannot_be_found_out_by_planning() {
    let app = App::signed_in().await;
    let anna = administrator(&app).await;
    apply(&app, &anna, EXAMPLE).await.unwrap();
    for number in 0..20 {
        assert_eq!(actions(&plan(&app, &anna, EXAMPLE).await), [PlanAction::Same]);
        let guess = EXAMPLE.replace("canary-secret", &format!("guess-{number}"));
        assert_eq!(actions(&plan(&app, &anna, &guess).await), [PlanAction::Change]);
    }
    assert_eq!(actions(&plan(&app, &anna, EXAMPLE).await), [PlanAction::Change], "no longer compared");
    app.clock.advance(60 * 60 * 1000);
    assert_eq!(actions(&plan(&app, &anna, EXAMPLE).await), [PlanAction::Same]);
}

#[tokio::test]
async fn the_api_plans_and_applies_and_says_what_is_wrong() {
    let app = App::signed_in().await;
    let (editor, viewer) = (app.new_token(&[("role", "Editor")]).await, app.new_token(&[("role", "Viewer")]).await);
    let send = async |token: &str, body: &str| {
        let request = app.request(Method::POST, "/api/v1/apply").without_header("cookie");
        let request = request.with_header("authorization", &format!("Bearer {token}"));
        let body = Body::from(body.to_owned());
        app.send(request.with_header("content-type", "application/json").map(|_| body)).await
    };
    let body = |text: &str, more: Value| {
        let mut body = serde_json::json!({"manifests": documents(text)});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body.to_string()
    };
    let planned: Plan = send(&editor, &body(EXAMPLE, serde_json::json!({"dry_run": true}))).await.json();
    assert_eq!((actions(&planned), planned.applied), (vec![PlanAction::Create], false));
    let stale = send(&editor, &body(EXAMPLE, serde_json::json!({"fingerprint": "other"}))).await;
    assert_eq!((stale.status, stale.json::<Problem>().kind.as_str()), (StatusCode::CONFLICT, kind::PLAN_CHANGED));
    let done: Plan =
        send(&editor, &body(EXAMPLE, serde_json::json!({"fingerprint": planned.fingerprint}))).await.json();
    assert!(done.applied && app.details("default", "my-registry").await.created_by.contains("ci"));

    let broken = send(&editor, &body(&EXAMPLE.replace("team", "UP"), serde_json::json!({}))).await;
    let problem: Problem = broken.json();
    assert_eq!(
        (broken.status, problem.errors[0].pointer.as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "/manifests/0/spec/repository")
    );
    assert_eq!(send(&viewer, &body(EXAMPLE, serde_json::json!({"dry_run": true}))).await.status, StatusCode::FORBIDDEN);
    let twice = r#"{"manifests": [{"kind": "Workspace", "metadata": {"name": "a", "name": "b"}}]}"#;
    let refused = send(&editor, twice).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Problem = refused.json();
    assert_eq!(problem.errors[0].pointer, "/manifests/0/metadata", "{}", refused.text);
    assert!(problem.detail.contains("name is there twice"), "{}", refused.text);
    let many = format!("{{\"manifests\": [{}1]}}", "1,".repeat(500));
    assert_eq!(send(&editor, &many).await.status, StatusCode::BAD_REQUEST);
    for answer in [broken, refused] {
        assert!(!answer.text.contains("canary"));
    }
}
