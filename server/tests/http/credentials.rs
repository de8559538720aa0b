//! Reading credentials: who may, what is recorded, and who is known to depend on a registry.

use super::kit::{Answer, App, By, Client, DAY, RequestExt, database, is_postgres, stored_bytes};
use api::credentials::Credentials;
use api::image_registry::ImageRegistry;
use api::list::List;
use app::AppError;
use app::audit::AuditPage;
use app::image_registries::RegistrySummary;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Secret;
use http::{Method, StatusCode};
use serde_json::{Value, json};

const CANARY: &str = "canary p\"a\\s's $HOME";

/// A server with an administrator who may read credentials, and a token that may, too.
async fn scene() -> (App, String) {
    let mut app = App::signed_in().await;
    app.allow_reading_credentials().await;
    let token = app.new_token(&[("token_name", "nodes"), ("role", "Viewer"), ("read_credentials", "yes")]).await;
    (app, token)
}

async fn create(app: &App, name: &str, workspace: &str, url: &str, repository: &str) -> String {
    let fields = [("name", name), ("workspace", workspace), ("url", url), ("repository", repository)];
    let credentials = [("username", "robot$ci"), ("password", CANARY)];
    app.create_registry(&[&fields[..], &credentials].concat()).await
}

async fn of_one(client: &Client<'_>) -> Answer {
    client.get("/workspaces/default/image_registries/one/credentials?purpose=a%20test").await
}

#[tokio::test]
async fn credentials_are_read_with_the_right_and_recorded_with_their_purpose() {
    let (app, token) = scene().await;
    create(&app, "one", "default", "https://registry.example.com", "team").await;
    let answer = of_one(&app.client(&token)).await;
    let found: Credentials = answer.json();
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(found.password, Some(Secret::new(CANARY)));
    assert_eq!(
        (found.username.as_deref(), found.server.as_str(), found.image_prefix.as_str()),
        (Some("robot$ci"), "registry.example.com", "registry.example.com/team")
    );
    let trail: AuditPage = app.page("/ui/audit/list?event=credentials.read").await.json();
    let [entry] = &*trail.rows else { panic!("{trail:?}") };
    assert_eq!((entry.token.as_deref(), entry.object.as_deref()), (Some("nodes"), Some("one")));
    assert_eq!(entry.changes, ["Purpose: a test"]);
    let stored = stored_bytes(app.folder.path());
    assert!(!stored.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()));
}

#[tokio::test]
async fn no_role_reads_credentials_without_the_right() {
    let (mut app, _) = scene().await;
    create(&app, "one", "default", "https://registry.example.com", "").await;
    let without = app.new_token(&[("role", "Administrator")]).await;
    let refused = of_one(&app.client(&without)).await;
    assert_eq!(refused.problem().0, "forbidden");
    assert!(!refused.text.contains("canary"));
    let trail: AuditPage = app.page("/ui/audit/list?event=credentials.read&outcome=Refused").await.json();
    let [entry] = &*trail.rows else { panic!("{trail:?}") };
    assert_eq!((entry.object.as_deref(), &entry.changes[..]), (Some("one"), &["Purpose: a test".to_owned()][..]));
    // An administrator without the right makes no token with it, and loses it with the right.
    let administrator = app.cookie();
    let other = app.person("other", "Administrator", &[]).await;
    app.set_cookie(Some(&other));
    let fields = [("token_name", "x"), ("days", "1"), ("role", "Viewer"), ("read_credentials", "yes")];
    assert_eq!(app.post("/ui/tokens/create", &fields, By::Script).await.status, StatusCode::FORBIDDEN);
    app.set_cookie(administrator.as_deref());
    let id = app.user_id("other").await;
    let role = |reads: &'static str| {
        [("user", id.clone()), ("role", "Editor".to_owned()), ("read_credentials", reads.to_owned())]
    };
    let set = async |app: &App, fields: [(&str, String); 3]| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app.post("/ui/users/role", &fields, By::Script).await.form_response();
    };
    set(&app, role("yes")).await;
    app.set_cookie(Some(&other));
    let token = app.new_token(&fields).await;
    assert_eq!(of_one(&app.client(&token)).await.status, StatusCode::OK);
    app.set_cookie(administrator.as_deref());
    set(&app, role("")).await;
    assert_eq!(of_one(&app.client(&token)).await.problem().0, "forbidden");
    let none = [("user", id.as_str()), ("role", "None"), ("read_credentials", "yes")];
    assert_eq!(app.post("/ui/users/role", &none, By::Script).await.invalid_fields(), ["role"]);
}

#[tokio::test]
async fn a_purpose_is_required_and_readable() {
    let (app, token) = scene().await;
    create(&app, "one", "default", "https://registry.example.com", "").await;
    let nodes = app.client(&token);
    let long = "x".repeat(201);
    for purpose in
        ["", "?purpose=", "?purpose=%20", "?purpose=a%0Ab", &format!("?purpose={long}"), "?purpose=a&reason=b"]
    {
        let answer = nodes.get(&format!("/workspaces/default/image_registries/one/credentials{purpose}")).await;
        assert_eq!(answer.problem().0, "bad-request", "{purpose}");
    }
}

#[tokio::test]
async fn credentials_are_found_by_the_longest_prefix_of_an_image() {
    let (app, token) = scene().await;
    app.create_workspace("harbour").await;
    let nodes = app.client(&token);
    let host = "https://registry.example.com:5000";
    create(&app, "all", "default", host, "").await;
    create(&app, "team", "default", host, "team").await;
    create(&app, "deep", "harbour", host, "team/deep").await;
    create(&app, "hub", "default", "https://docker.io", "").await;
    create(&app, "lab", "default", "http://10.0.0.5:5000", "").await;
    for (image, name) in [
        ("registry.example.com:5000/app:1", "all"),
        ("registry.example.com:5000/team/app@sha256:00", "team"),
        ("registry.example.com:5000/team", "team"),
        ("registry.example.com:5000/teams/app", "all"),
        ("registry.example.com:5000/team/deep/a/b", "deep"),
        ("busybox", "hub"),
        ("docker.io/library/busybox:1.36", "hub"),
        ("10.0.0.5:5000/app", "lab"),
        ("10.0.0.5:5000/portolan_web", "lab"),
    ] {
        let path = format!("/credentials?purpose=t&image={}", image.replace(':', "%3A"));
        assert_eq!(nodes.get(&path).await.json::<Credentials>().name, name, "{image}");
    }
    for (parameter, kind) in [
        ("image=registry.example.com/app", "no-registry"),
        ("server=gone.example.com", "no-registry"),
        ("server=not%20a%20host", "bad-request"),
        ("", "bad-request"),
        ("image=a&server=b", "bad-request"),
    ] {
        assert_eq!(nodes.get(&format!("/credentials?purpose=t&{parameter}")).await.problem().0, kind, "{parameter}");
    }
    let whole = nodes.get("/credentials?purpose=t&server=registry.example.com%3A5000").await;
    assert_eq!(whole.json::<Credentials>().name, "all", "the only prefix of a host");
    for server in ["10.0.0.5:5000", "https%3A%2F%2Findex.docker.io%2Fv1%2F", "docker.io"] {
        let found = nodes.get(&format!("/credentials?purpose=t&server={server}")).await;
        assert_eq!(found.status, StatusCode::OK, "{server}: {}", found.text);
    }
    // The same prefix in two workspaces: refused with both names. Limited to one of them, there is no question.
    create(&app, "team", "harbour", host, "team").await;
    let twice = nodes.get("/credentials?purpose=t&image=registry.example.com%3A5000/team/app").await;
    assert_eq!(twice.problem().0, "ambiguous");
    let limited = [("token_name", "l"), ("role", "Viewer"), ("read_credentials", "yes"), ("workspace", "harbour")];
    let limited = app.token(&limited).await;
    let found = limited.get("/credentials?purpose=t&image=registry.example.com%3A5000/team/app").await;
    assert_eq!(found.json::<Credentials>().workspace, "harbour");
    assert_eq!(limited.get("/credentials?purpose=t&image=busybox").await.problem().0, "no-registry");
}

#[tokio::test]
async fn what_may_only_be_seen_does_not_come_between_what_may_be_read() {
    let (mut app, _) = scene().await;
    app.create_workspace("team").await;
    create(&app, "prod", "team", "https://registry.example.com", "").await;
    let administrator = app.cookie();
    let reader = app.person("rita", "None", &[("default", "Viewer")]).await;
    let fields = [
        ("workspace", "team"),
        ("user_name", "rita"),
        ("workspace_role", "Viewer"),
        ("workspace_read_credentials", "yes"),
    ];
    app.post("/ui/workspaces/role", &fields, By::Script).await.form_response();
    app.set_cookie(Some(&reader));
    let fields = [("role", "Viewer"), ("read_credentials", "yes")];
    let token = app.new_token(&fields).await;
    app.set_cookie(administrator.as_deref());
    let nodes = app.client(&token);
    let assert_found = async || {
        for question in ["image=registry.example.com/app/web", "server=registry.example.com"] {
            let found = nodes.get(&format!("/credentials?purpose=t&{question}")).await;
            assert_eq!(found.status, StatusCode::OK, "{question}: {}", found.text);
            assert_eq!(found.json::<Credentials>().workspace, "team");
        }
    };
    assert_found().await;
    create(&app, "shadow", "default", "https://registry.example.com", "app").await;
    assert_found().await;
}

#[tokio::test]
async fn a_registry_knows_its_consumers_and_asks_before_it_leaves_them() {
    let (mut app, token) = scene().await;
    let id = create(&app, "one", "default", "https://registry.example.com", "").await;
    let path = "/workspaces/default/image_registries/one";
    let read = async |app: &App, peer: &str| {
        let client = app.client(&token);
        let request = client.request(Method::GET, &format!("{path}/credentials?purpose=pull"), None);
        assert_eq!(client.send(request.with_peer(peer)).await.status, StatusCode::OK);
    };
    for peer in ["192.0.2.1", "192.0.2.2", "192.0.2.1"] {
        read(&app, peer).await;
    }
    let consumers = app.details("default", "one").await.consumers;
    assert_eq!((consumers.len(), consumers[0].name.as_str(), consumers[0].addresses), (1, "nodes", 2));

    let targets = format!("{id}:default/one");
    for by in [By::Script, By::PlainForm] {
        let refused =
            app.post("/ui/image-registries/delete", &[("targets", &targets), ("page", "/image-registries")], by).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.text.contains("nodes (2 addresses"), "{}", refused.text);
    }
    let summaries: Vec<RegistrySummary> = app.page(&format!("/ui/image-registries/by-id?ids={id}")).await.json();
    assert!(summaries[0].consumers.contains("nodes"));
    let edit = |url: &'static str, confirmed: &'static str| {
        vec![
            ("registry", id.clone()),
            ("based_on", "1".to_owned()),
            ("url", url.to_owned()),
            ("username", "robot$ci".to_owned()),
            ("password", CANARY.to_owned()),
            ("confirmed", confirmed.to_owned()),
        ]
    };
    let post = async |app: &App, fields: Vec<(&str, String)>| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app.post("/ui/image-registries/update", &fields, By::Script).await
    };
    let moved = "https://elsewhere.example.com";
    assert!(matches!(post(&app, edit(moved, "")).await.expect_error(), AppError::InUse(_)));
    // Through the API the same.
    let admin = app.new_token(&[("token_name", "admin")]).await;
    let admin = app.client(&admin);
    assert_eq!(admin.delete(path).await.problem().0, "in-use");
    let patch = json!({"spec": {"repository": "other"}});
    let refused = admin.patch(path, "*", &patch).await;
    assert_eq!((refused.status, refused.problem().0.as_str()), (StatusCode::CONFLICT, "in-use"));
    let bulk = "/workspaces/default/image_registries/bulk_delete";
    assert_eq!(admin.post(bulk, &json!({"names": ["one"]})).await.problem().0, "in-use");
    let removal = admin.patch(path, "*", &json!({"spec": {"authconfig": null}})).await;
    assert_eq!(removal.problem().0, "in-use");
    assert!(removal.text.contains("pull without credentials"), "{}", removal.text);
    assert_eq!(admin.patch(&format!("{path}?confirmed=true"), "*", &patch).await.status, StatusCode::OK);
    // What does not lead elsewhere needs no question, and after a week nobody is asked about.
    let same = admin.patch(path, "*", &json!({"metadata": {"labels": {"a": "b"}}})).await;
    assert_eq!(same.status, StatusCode::OK, "{}", same.text);
    app.clock.advance(8 * DAY);
    app.log_in().await;
    assert_eq!(app.details("default", "one").await.consumers.len(), 1, "it is still shown");
    app.post("/ui/image-registries/delete", &[("targets", &targets)], By::Script).await.form_response();
}

#[tokio::test]
async fn what_is_confirmed_is_done_on_pages_and_by_the_api() {
    let (app, token) = scene().await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        ids.push(create(&app, name, "default", &format!("https://{name}.example.com"), "").await);
        let path = format!("/workspaces/default/image_registries/{name}/credentials?purpose=pull");
        assert_eq!(app.client(&token).get(&path).await.status, StatusCode::OK);
    }
    let edit = |confirmed: &'static str| {
        [
            ("registry", ids[0].as_str()),
            ("based_on", "1"),
            ("url", "https://a.example.com"),
            ("repository", "moved"),
            ("username", "robot$ci"),
            ("confirmed", confirmed),
            ("page", "/image-registries/default/a/edit"),
        ]
    };
    let path = "/ui/image-registries/update";
    let returned = app.post(path, &edit(""), By::PlainForm).await;
    assert_eq!(returned.status, StatusCode::CONFLICT);
    assert!(returned.text.contains("name=\"confirmed\"") && returned.text.contains("moved"), "{}", returned.text);
    app.post(path, &edit("yes"), By::Script).await.form_response();
    assert_eq!(app.details("default", "a").await.repository, "moved");

    let targets = format!("{}:default/b", ids[1]);
    let delete = [("targets", targets.as_str()), ("confirmed", "yes"), ("page", "/image-registries")];
    assert_eq!(app.post("/ui/image-registries/delete", &delete, By::PlainForm).await.redirect(), "/image-registries");

    let admin = app.new_token(&[("token_name", "admin")]).await;
    let admin = app.client(&admin);
    let names = json!({"names": ["c", "c", "none"], "confirmed": true});
    let deleted = admin.post("/workspaces/default/image_registries/bulk_delete", &names).await;
    assert_eq!(deleted.json::<Value>(), json!({"deleted": ["c"], "gone": ["none"]}));
    let path = "/workspaces/default/image_registries/d?confirmed=true";
    assert_eq!(admin.delete(path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.list("").await.rows.len(), 1);
}

#[tokio::test]
async fn a_token_learns_which_credentials_it_may_read_and_a_host_without_repository_comes_first() {
    let (app, token) = scene().await;
    create(&app, "part", "default", "https://registry.example.com", "team").await;
    let nodes = app.client(&token);
    let asked = "/credentials?server=registry.example.com&purpose=pull";
    assert_eq!(nodes.get(asked).await.json::<Credentials>().name, "part", "the only one");
    create(&app, "other", "default", "https://registry.example.com", "ships").await;
    let ambiguous = nodes.get(asked).await;
    assert_eq!(ambiguous.problem().0, "ambiguous");
    assert!(ambiguous.text.contains("default/part") && ambiguous.text.contains("default/other"), "{}", ambiguous.text);
    create(&app, "whole", "default", "https://registry.example.com", "").await;
    assert_eq!(nodes.get(asked).await.json::<Credentials>().name, "whole", "the only prefix of a host");

    let readable = async |token: &str| {
        let list = app.client(token).get("/image_registries").await.json::<List<ImageRegistry>>();
        list.items.iter().map(|it| it.status.credentials_readable).collect::<Vec<_>>()
    };
    assert_eq!(readable(&token).await, [true; 3]);
    let viewer = app.new_token(&[("role", "Viewer")]).await;
    assert_eq!(readable(&viewer).await, [false; 3]);

    // Where access is anonymous there is nothing to refuse: a client that finds nothing pulls anonymously.
    app.create_registry(&[("name", "open"), ("url", "https://open.example.com")]).await;
    let open = "/credentials?server=open.example.com&purpose=pull";
    assert_eq!(app.client(&viewer).get(open).await.problem().0, "no-registry");
    assert_eq!(app.client(&viewer).get(asked).await.status, StatusCode::FORBIDDEN);
    assert_eq!(nodes.get(open).await.json::<Credentials>().username, None);
}

#[tokio::test]
async fn an_export_has_passwords_only_for_who_may_read_them_and_asks_for_them() {
    let (mut app, _) = scene().await;
    app.create_workspace("harbour").await;
    create(&app, "one", "default", "https://one.example.com", "").await;
    create(&app, "two", "harbour", "https://two.example.com", "").await;
    app.create_registry(&[("name", "open")]).await;
    let path = "/image-registries/export";
    let export = async |app: &App, filter: &str| app.post(&format!("{path}?{filter}"), &[], By::PlainForm).await;
    let parse = |answer: &Answer| api::manifest::parse(&answer.text).unwrap();
    let passwords = |answer: &Answer| {
        let password = |manifest: &Value| manifest.pointer("/spec/authconfig/password").cloned();
        parse(answer).iter().filter_map(password).collect::<Vec<_>>()
    };

    assert!(!app.page(path).await.text.contains("canary"));
    let all = export(&app, "").await;
    assert_eq!(all.header("content-disposition"), "attachment; filename=\"image-registries.yaml\"");
    assert_eq!(all.header("cache-control"), "no-store");
    assert_eq!((parse(&all).len(), passwords(&all)), (3, vec![json!(CANARY); 2]));
    let one = export(&app, "workspace=harbour").await;
    assert_eq!((parse(&one).len(), passwords(&one)), (1, vec![json!(CANARY)]));
    let trail: AuditPage = app.page("/ui/audit/list?event=credentials.read").await.json();
    assert!(trail.rows.len() == 3 && trail.rows.iter().all(|row| row.changes == ["Purpose: Export"]), "{trail:?}");
    let preview = app.post("/ui/image-registries/import/test", &[("manifests", &all.text)], By::Script).await;
    let plan: api::apply::Plan = preview.form_response().result.unwrap().read().unwrap();
    assert!(plan.items.iter().all(|item| item.action == api::apply::PlanAction::Same), "{plan:?}");

    // Another site cannot ask, and others may not.
    let forged = app.form(path, &[], By::PlainForm).with_header("origin", "https://evil.example");
    assert_eq!(app.send(forged).await.status, StatusCode::FORBIDDEN);
    let administrator = app.cookie();
    let bo = app.person("bo", "Viewer", &[]).await;
    app.set_cookie(Some(&bo));
    let refused = export(&app, "").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!refused.text.contains("canary"));
    app.set_cookie(administrator.as_deref());
    let trail: AuditPage = app.page("/ui/audit/list?outcome=Refused&event=credentials.read").await.json();
    assert_eq!(trail.rows.len(), 1);
    // The right in one workspace opens that one.
    let invitation = app.invite("di", "Viewer").await;
    let role = [
        ("workspace", "harbour"),
        ("user_name", "di"),
        ("workspace_role", "Viewer"),
        ("workspace_read_credentials", "yes"),
    ];
    app.post("/ui/workspaces/role", &role, By::Script).await.form_response();
    let di = app.accept(&invitation).await;
    app.set_cookie(di.as_deref());
    let some = export(&app, "").await;
    assert_eq!((parse(&some).len(), passwords(&some)), (3, vec![json!(CANARY)]));
}

#[tokio::test]
async fn credentials_are_answered_in_every_format() {
    let (app, token) = scene().await;
    create(&app, "one", "default", "https://registry.example.com", "").await;
    let nodes = app.client(&token);
    let path = "/workspaces/default/image_registries/one/credentials?purpose=t&format=";
    let text = nodes.get(&format!("{path}docker-config")).await;
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    let auth = STANDARD.encode(format!("robot$ci:{CANARY}"));
    assert_eq!(text.json::<Value>(), json!({ "auths": { "registry.example.com": { "auth": auth } } }));
    let several = nodes.get(&format!("{path}containerd-hosts")).await;
    assert!(several.json::<api::credentials::PullFiles>().files.len() > 1, "{}", several.text);
    for format in ["kubernetes-secret", "k3s-registries", "crio-registries", "login", "import"] {
        assert_eq!(nodes.get(&format!("{path}{format}")).await.status, StatusCode::OK, "{format}");
    }
    assert_eq!(nodes.get(&format!("{path}yaml")).await.problem().0, "bad-request");
}

#[tokio::test]
async fn a_question_without_an_answer_does_not_wait_to_write() {
    // On PostgreSQL, writers do not wait for each other.
    if is_postgres() {
        return;
    }
    let (app, token) = scene().await;
    let pool = database(app.folder.path()).await;
    let mut writer = pool.acquire().await.unwrap();
    sqlx::query("begin immediate").execute(&mut *writer).await.unwrap();
    let unknown = app.client(&token).get("/credentials?purpose=t&image=gone.example.com/app").await;
    assert_eq!(unknown.problem().0, "no-registry");
    sqlx::query("rollback").execute(&mut *writer).await.unwrap();
}
