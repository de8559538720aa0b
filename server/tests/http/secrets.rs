//! Secrets are put through everything that people can do, and looked for in everything that comes out.

use super::events::heard as heard_in;
use super::functions::FUNCTIONS;
use super::kit::{Answer, App, By, PASSWORD, RequestExt, USER, database, is_postgres, stored_bytes};
use super::metrics::figures;
use app::AppError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// The part of each secret that looks the same in HTML, JSON, URLs and forms.
const STORED: &str = "canarySt0red";
const TYPED: &str = "canaryTyp3d";
const ACCOUNT: &str = "canaryAcc0unt";
/// Typed as a user name by mistake. Only the page that asks for it again may show it.
const SLIP: &str = "canarySl1p";

/// A password with what each encoding writes differently.
fn password(canary: &str) -> String {
    format!("\u{e4}/+=?&%<'\"{canary}\"'>\u{2028}\\")
}

/// How a text may be written without looking like itself: in Base64, where the bytes before it shift it, or in
/// hexadecimal digits.
fn disguises(canary: &str) -> Vec<String> {
    let shifted = (0..3).map(|shift| {
        let encoded = STANDARD.encode([&vec![0; shift][..], canary.as_bytes()].concat());
        let whole = (8 * shift).div_ceil(6)..8 * (shift + canary.len()) / 6;
        encoded[whole].to_owned()
    });
    let digits = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
    shifted.chain([canary.to_owned(), digits]).collect()
}

#[track_caller]
fn assert_absent(canaries: &[&str], place: &str, text: &str) {
    for disguise in canaries.iter().flat_map(|canary| disguises(canary)) {
        if let Some(at) = text.find(&disguise) {
            let begin = (0..=at.saturating_sub(200)).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            panic!("{disguise} in {place}: {}\u{2026}", &text[begin..at + disguise.len()]);
        }
    }
}

/// Captures the log of this thread at the most detailed level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Begins to capture, until the guard is dropped.
    fn capture(&self) -> (tracing::Dispatch, tracing::subscriber::DefaultGuard) {
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        // With a single subscriber, tracing asks only the thread that meets a log statement first, which may be that of
        // another test, and remembers its answer.
        let second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
        (second, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A registry that requires a password and echoes the request in every part of its response.
async fn echoing() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let all: Arc<Mutex<Vec<String>>> = Arc::default();
    let hearing = all.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut heard = vec![0; 4096];
            let length = stream.read(&mut heard).await.unwrap_or_default();
            let heard = String::from_utf8_lossy(&heard[..length]).into_owned();
            let received = heard.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or_default();
            hearing.lock().unwrap().push(received.to_owned());
            let status = if received.is_empty() { "401 Who" } else { "500 Oops" };
            let answer = format!(
                "HTTP/1.1 {status}\r\nWWW-Authenticate: Basic realm=\"{received}\"\r\nX-Echo: {received}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{received}",
                received.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (url, all)
}

/// All answers, each with what was asked for.
#[derive(Default)]
struct Answers(Vec<(String, Answer)>);

impl Answers {
    /// Sends a form in both ways. The plain form is that of this page.
    async fn post(&mut self, app: &App, path: &str, fields: &[(&str, &str)], page: &str) {
        for by in [By::Script, By::PlainForm] {
            let fields = [fields, &[("page", page)]].concat();
            let answer = app.post(path, &fields, by).await;
            self.0.push((format!("{path} {by:?}"), answer));
        }
    }

    async fn get(&mut self, app: &App, path: &str) {
        let answer = app.page(path).await;
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.text);
        self.0.push((path.to_owned(), answer));
    }

    fn statuses(&self, path: &str) -> Vec<u16> {
        self.0.iter().filter(|(asked, _)| asked.starts_with(path)).map(|(_, answer)| answer.status.as_u16()).collect()
    }
}

/// Creates, edits, fails to edit, tests and checks registries with secrets.
async fn use_registries(app: &mut App, answers: &mut Answers, url: &str) -> String {
    let (stored, typed) = (password(STORED), password(TYPED));
    let one = [("name", "one"), ("workspace", "default"), ("url", url), ("username", "robot"), ("password", &stored)];
    let page = "/image-registries/create";
    // The second time, its name is taken.
    answers.post(app, "/ui/image-registries/create", &one, page).await;
    answers.post(app, "/ui/image-registries/create/test", &one, page).await;
    assert_eq!(app.checked("default", "one").await.status.reason, "Registry returned a server error");
    let id = app.details("default", "one").await.id;

    let page = "/image-registries/default/one/edit";
    let edit = |version, url, password| {
        [("registry", &*id), ("based_on", version), ("url", url), ("username", "robot"), ("password", password)]
    };
    for (version, url, password) in [("1", "bad url", &typed), ("9", url, &typed), ("1", url, &stored)] {
        answers.post(app, "/ui/image-registries/update", &edit(version, url, password), page).await;
    }
    // With what is stored, and with what is typed.
    for password in ["", &typed] {
        answers.post(app, "/ui/image-registries/update/test", &edit("2", url, password), page).await;
    }
    answers.post(app, "/ui/image-registries/check", &[("id", &id)], "/image-registries/default/one").await;
    app.checked("default", "one").await;
    id
}

/// Creates, changes, tests, plans and applies registries by the API, and reads what it shows. Returns the token.
async fn use_api(app: &App, answers: &mut Answers, url: &str) -> String {
    let token = app.new_token(&[]).await;
    let client = app.client(&token);
    let (stored, typed) = (password(STORED), password(TYPED));
    let registries = "/workspaces/default/image_registries";
    let spec = |password: &str| json!({"url": url, "authconfig": {"username": "robot", "password": password}});
    let create = |password: &str| json!({"metadata": {"name": "by-api"}, "spec": spec(password)});
    let once = |body: &Value| {
        client.request(Method::POST, registries, Some(body)).with_header("idempotency-key", "canary-of-the-key")
    };
    // The second one repeats the first, the third has another body.
    for password in [&stored, &stored, &typed] {
        answers.0.push(("create once".to_owned(), client.send(once(&create(password))).await));
    }
    let apply = |password: &str, dry_run: bool| {
        let metadata = json!({"name": "applied", "workspace": "default"});
        let manifest = json!({"kind": "ImageRegistry", "metadata": metadata, "spec": spec(password)});
        json!({"manifests": [manifest], "dry_run": dry_run})
    };
    let wrong = json!({"spec": {"authconfig": {"username": "robot", "password": [typed]}}});
    for (path, body) in [
        (registries, create(&typed)),
        (&format!("{registries}/test_connection"), create(&typed)),
        (&format!("{registries}/by-api/test"), json!({"spec": spec(&typed)})),
        ("/apply", apply(&typed, true)),
        ("/apply", apply(&stored, false)),
        ("/apply", apply(&typed, true)),
    ] {
        answers.0.push((path.to_owned(), client.post(path, &body).await));
    }
    for body in [json!({"spec": spec(&stored)}), json!({"spec": {"authconfig": {"password": typed}}}), wrong] {
        answers.0.push(("patch".to_owned(), client.patch(&format!("{registries}/by-api"), "*", &body).await));
    }
    for path in [
        "/image_registries",
        &format!("{registries}/by-api"),
        // Without the right, there is nothing to read.
        &format!("{registries}/by-api/credentials?purpose=test"),
        "/credentials?server=registry.example.com&purpose=test",
        "/workspaces",
        "/tokens",
        "/users",
        "/audit",
    ] {
        answers.0.push((path.to_owned(), client.get(path).await));
    }
    token
}

/// Sets passwords and fails to, with links and without.
async fn use_accounts(app: &mut App, answers: &mut Answers) -> Vec<String> {
    let (new, typed) = (password(ACCOUNT), password(TYPED));
    let mut tokens = Vec::new();
    for name in ["bo", "di"] {
        let token = app.invite(name, "Viewer").await;
        let page = format!("/set-password?token={token}");
        for (new, repeated) in [(&typed, "another"), (&new, &*new)] {
            let fields = [("token", &*token), ("new_password", new), ("repeated_password", repeated)];
            let form = app.form("/ui/set-password", &[&fields[..], &[("page", &page)]].concat(), By::Script);
            let answer = app.send(form.without_header("cookie")).await;
            tokens.extend(answer.session_cookie());
            answers.0.push(("/ui/set-password".to_owned(), answer));
        }
        tokens.push(token);
    }
    for (current, new) in [(&*typed, &*new), (PASSWORD, &typed[..4]), (PASSWORD, &new)] {
        let fields = [("current_password", current), ("new_password", new), ("repeated_password", new)];
        answers.post(app, "/ui/account/password", &fields, "/account").await;
        let (_, answer) = answers.0.iter().rev().find(|(path, _)| path.ends_with("Script")).unwrap();
        if answer.session_cookie().is_some() {
            tokens.extend(app.cookie());
            app.keep_session(answer);
        }
    }
    answers.post(app, "/ui/login", &[("user_name", USER), ("password", &typed)], "/login").await;
    answers.post(app, "/ui/login", &[("user_name", USER), ("password", &new)], "/login").await;
    for (_, answer) in &answers.0[answers.0.len() - 2..] {
        tokens.extend(app.cookie());
        app.keep_session(answer);
    }
    let slip = [("user_name", SLIP), ("password", &typed)];
    let _ = app.post("/ui/login", &slip, By::Script).await;
    tokens
}

/// All that can be read, as an administrator.
async fn read_everything(app: &App, answers: &mut Answers, id: &str) {
    let query = format!("?ids={id}&id={id}&workspace=default&name=one&token=x");
    for (path, _, _) in FUNCTIONS.iter().filter(|(_, method, _)| *method == Method::GET) {
        answers.get(app, &format!("{path}{query}")).await;
    }
    for path in [
        "/image-registries",
        "/image-registries?sort=-updated&per_page=100",
        "/image-registries/create",
        "/image-registries/default/one",
        "/image-registries/default/one/edit",
        &format!("/image-registries/delete?id={id}"),
        "/workspaces",
        "/workspaces/default",
        "/users",
        "/users/bo",
        "/tokens",
        "/image-registries/default/one?use=docker-config",
        "/image-registries/export",
        "/account",
        "/audit",
        "/ui/audit/list?",
        "/audit/export?format=csv",
        "/audit/export?format=jsonl",
        "/login",
        "/nowhere",
        "/healthz",
        "/readyz",
    ] {
        answers.get(app, path).await;
    }
}

#[tokio::test]
async fn s6_secrets_put_through_every_flow_are_found_nowhere_but_sealed_in_their_column() {
    let log = Log::default();
    let _capturing = log.capture();
    tracing::trace!("the finest level");
    let mut app = App::checking().await;
    let mut stream = app.stream("/events").await;
    let (url, heard) = echoing().await;
    let mut answers = Answers::default();
    let id = use_registries(&mut app, &mut answers, &url).await;
    let mut events = heard_in(&mut stream, "Registry returned a server error").await;
    let api_token = use_api(&app, &mut answers, &url).await;
    let mut tokens = use_accounts(&mut app, &mut answers).await;
    tokens.push(api_token);
    read_everything(&app, &mut answers, &id).await;
    // Every function once more, with a secret in each field that takes one.
    let typed = password(TYPED);
    let secrets = app::secret_fields();
    assert!(secrets.contains("password") && secrets.len() >= 4, "{secrets:?}");
    for (path, _, _) in FUNCTIONS.iter().filter(|(_, method, _)| *method == Method::POST) {
        let fields: Vec<_> = secrets.iter().map(|field| (field.as_str(), &*typed)).collect();
        answers.post(&app, path, &fields, "/image-registries").await;
    }
    tokens.extend(app.cookie());
    let two = app.create_registry(&[("name", "two"), ("username", "robot"), ("password", &password(STORED))]).await;
    answers.post(&app, "/ui/image-registries/delete", &[("targets", &format!("{two}:default/two"))], "/").await;
    let figures = figures(&app).await;
    app.state.end_streams();
    events.push_str(&heard_in(&mut stream, "never said").await);

    // Each flow took place, and the password arrived at the registry.
    assert_eq!(answers.statuses("/ui/image-registries/create ")[..2], [200, 409]);
    assert_eq!(answers.statuses("/ui/image-registries/create/test ")[..2], [200, 200]);
    assert_eq!(answers.statuses("/ui/image-registries/update ")[..6], [422, 422, 409, 409, 200, 409]);
    assert_eq!(answers.statuses("/ui/image-registries/update/test ")[..4], [200; 4]);
    assert_eq!(answers.statuses("create once"), [201, 201, 422]);
    assert_eq!(answers.statuses("/apply"), [200, 200, 200]);
    assert_eq!(answers.statuses("patch"), [200, 200, 422]);
    assert_eq!(answers.statuses("/ui/set-password")[..4], [422, 200, 422, 200]);
    assert_eq!(answers.statuses("/ui/account/password ")[..6], [422, 422, 422, 422, 200, 401]);
    let pair = format!("Basic {}", STANDARD.encode(format!("robot:{}", password(STORED))));
    assert!(heard.lock().unwrap().contains(&pair), "the registry has received the password, and echoed it");
    assert!(events.contains("server error"), "the stream has told of the check: {events}");

    let canaries = [STORED, TYPED, ACCOUNT];
    for (asked, answer) in &answers.0 {
        assert_absent(&canaries, asked, &format!("{} {:?}", answer.text, answer.headers));
        assert!(!answer.text.contains("v1:"), "{asked}: a sealed text is shown: {}", answer.text);
    }
    assert_absent(&canaries, "the figures", &figures);
    assert_absent(&canaries, "the events", &events);
    let everywhere = [STORED, TYPED, ACCOUNT, SLIP];
    let log = log.text();
    assert!(log.contains("TRACE") && log.contains("logged in"), "the log was captured");
    assert_absent(&everywhere, "the log", &log);
    let key = fs::read_to_string(app.folder.path().join("portolan.key")).unwrap();
    let live = stored_bytes(app.folder.path());
    let backup = app.folder.path().join("backup");
    if !is_postgres() {
        server::maintenance::back_up(app.folder.path(), &backup).await.unwrap();
    }
    app.state.close().await;
    let files = [("the database in use", live), ("the database", stored_bytes(app.folder.path()))];
    let backup = ("the backup", fs::read(backup).unwrap_or_default());
    for (place, bytes) in files.into_iter().chain([backup]) {
        let text = String::from_utf8_lossy(&bytes);
        assert_absent(&everywhere, place, &text);
        for token in &tokens {
            let token = token.rsplit('=').next().unwrap();
            assert!(token.len() >= 32 && !text.contains(token), "a token is in {place}");
        }
        assert!(!text.contains(key.trim()), "the key is in {place}");
    }
    for token in &tokens {
        let token = token.rsplit('=').next().unwrap();
        assert!(!log.contains(token) && !figures.contains(token), "a token is in the log");
        // A session token is set once, in its own cookie.
        let texts = answers.0.iter().map(|(_, answer)| &answer.text);
        assert_eq!(texts.filter(|text| text.contains(token)).count(), 0, "a token is in a page");
    }
}

/// All names of fields in a JSON value.
fn names_in(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                found.insert(name.clone());
                names_in(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| names_in(value, found)),
        // A result within a form response is JSON itself.
        Value::String(text) => {
            if let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                names_in(&inner, found);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn s7_answers_have_no_field_for_a_secret_and_say_when_the_password_was_set() {
    let mut app = App::signed_in().await;
    let mut answers = Answers::default();
    let one = [("name", "one"), ("workspace", "default"), ("url", "a.example"), ("username", "u"), ("password", "p")];
    answers.0.push(("create".to_owned(), app.post("/ui/image-registries/create", &one, By::Script).await));
    let id = app.details("default", "one").await.id;
    let edit = [("registry", &*id), ("based_on", "1"), ("url", "a.example"), ("username", "u")];
    for (path, fields) in [
        ("/ui/image-registries/update", &edit[..]),
        // The second time it is a conflict, which shows what is stored.
        ("/ui/image-registries/update", &edit[..]),
        ("/ui/image-registries/check", &[("id", &id)]),
        ("/ui/image-registries/create/test", &[("url", "https://127.0.0.1:1")]),
        ("/ui/login", &[("user_name", USER), ("password", "wrong password!")]),
    ] {
        answers.0.push((path.to_owned(), app.post(path, fields, By::Script).await));
    }
    app.person("bo", "Viewer", &[]).await;
    app.log_in().await;
    read_everything(&app, &mut answers, &id).await;
    let targets = format!("{id}:default/one");
    answers.0.push((
        "delete".to_owned(),
        app.post("/ui/image-registries/delete", &[("targets", &targets)], By::Script).await,
    ));
    let mut names = BTreeSet::new();
    for (_, answer) in &answers.0 {
        for line in answer.text.lines() {
            names_in(&serde_json::from_str(line).unwrap_or_default(), &mut names);
        }
    }
    assert!(names.len() > 60, "the answers were read: {names:?}");
    let suspects = ["password", "secret", "sealed", "hash", "token", "key", "cookie", "session"];
    let suspicious: Vec<_> = names.iter().filter(|name| suspects.iter().any(|word| name.contains(word))).collect();
    // A time, the name of the token that somebody used, and the host of a token service.
    assert_eq!(suspicious, ["password_set", "token", "token_service"], "{names:?}");
}

/// The names of all columns, and of all sort keys of a list.
#[tokio::test]
async fn s8_lists_sort_and_filter_by_no_column_but_those_that_they_show() {
    let app = App::signed_in().await;
    app.create_registry(&[("name", "one"), ("username", "u"), ("password", "canary")]).await;
    let columns = if is_postgres() {
        "select column_name::text from information_schema.columns where table_schema = 'public'"
    } else {
        "select c.name from sqlite_master t join pragma_table_info(t.name) c where t.type = 'table'"
    };
    let pool = database(app.folder.path()).await;
    let columns: Vec<String> = sqlx::query_scalar(columns).fetch_all(&pool).await.unwrap();
    pool.close().await;
    let columns: BTreeSet<_> = columns.into_iter().collect();
    assert!(columns.contains("password_sealed") && columns.contains("password_hash"), "{columns:?}");
    for (list, shown) in [
        ("/ui/image-registries/list", &["name", "workspace", "url", "repository", "status", "updated", "created"][..]),
        ("/ui/users/list", &["name", "role", "created"]),
    ] {
        for column in &columns {
            for sort in [column.clone(), format!("-{column}"), format!("{column} desc"), format!("{column},name")] {
                let answer = app.page(&format!("{list}?sort={}", sort.replace(' ', "+"))).await;
                let is_shown = shown.contains(&sort.trim_start_matches('-'));
                let expected = if is_shown { StatusCode::OK } else { StatusCode::BAD_REQUEST };
                assert_eq!(answer.status, expected, "{list} by {sort}: {}", answer.text);
                assert!(is_shown || matches!(answer.expect_error(), AppError::BadRequest(_)), "{list} by {sort}");
            }
        }
    }
    // A parameter that a list does not have filters nothing.
    for list in ["/ui/image-registries/list", "/ui/users/list", "/ui/workspaces/list", "/ui/audit/list"] {
        let all = app.page(&format!("{list}?page=1")).await.text;
        for column in columns.iter().filter(|column| column.contains("password") || column.contains("proof")) {
            for value in ["canary", "v1:", "%25"] {
                assert_eq!(app.page(&format!("{list}?page=1&{column}={value}")).await.text, all, "{list} {column}");
            }
        }
    }
}
