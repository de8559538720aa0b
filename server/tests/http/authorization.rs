//! Every server function, as everybody, to what they may see and what they may not. `authorization.matrix` says what
//! comes of it. The functions are listed at run time, so a new one without a line fails the test.

use super::kit::{Answer, App, By, USER};
use app::Page;
use app::audit::AuditPage;
use app::users::UserList;
use http::StatusCode;
use std::collections::BTreeSet;

const MATRIX: &str = include_str!("authorization.matrix");

/// What comes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is done.
    Yes,
    /// It is refused.
    No,
    /// The answer is that for something that does not exist.
    Gone,
    LogIn,
}

/// A line of the matrix.
struct Row {
    method: &'static str,
    path: &'static str,
    /// What it is done to.
    on: &'static str,
    /// One for each person.
    outcomes: Vec<Outcome>,
}

fn rows() -> Vec<Row> {
    let lines = MATRIX.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            let outcome = |word: &&str| match *word {
                "yes" => Outcome::Yes,
                "no" => Outcome::No,
                "gone" => Outcome::Gone,
                "login" => Outcome::LogIn,
                other => panic!("{other}: {line}"),
            };
            Row { method: words[0], path: words[1], on: words[2], outcomes: words[3..].iter().map(outcome).collect() }
        })
        .collect()
}

/// Somebody with a column in the matrix.
struct Person {
    name: &'static str,
    /// Their role in the workspace W.
    role: Option<&'static str>,
    cookie: Option<String>,
}

/// In the order of the columns.
async fn people(app: &App) -> Vec<Person> {
    app.create_workspace("harbour").await;
    let disabled = app.person("disabled", "Administrator", &[]).await;
    let id = app.user_id("disabled").await;
    app.post("/ui/users/disabled", &[("user", &id), ("disabled", "yes")], By::Script).await.form_response();
    let other = app.person("other", "None", &[("harbour", "Editor")]).await;
    let mut people = vec![
        Person { name: "nobody", role: None, cookie: None },
        Person { name: "disabled", role: None, cookie: Some(disabled) },
        Person { name: "none", role: None, cookie: Some(app.person("none", "None", &[]).await) },
        Person { name: "removed", role: Some("None"), cookie: Some(app.person("removed", "None", &[]).await) },
        Person { name: "other", role: None, cookie: Some(other) },
    ];
    for (name, role) in [("viewer", "Viewer"), ("editor", "Editor"), ("manager", "Administrator")] {
        people.push(Person { name, role: Some(role), cookie: Some(app.person(name, "None", &[]).await) });
    }
    for (name, role) in [("everyV", "Viewer"), ("everyE", "Editor"), ("everyA", "Administrator")] {
        people.push(Person { name, role: None, cookie: Some(app.person(name, role, &[]).await) });
    }
    people
}

/// What a request is about.
struct Things {
    workspace: String,
    /// The id of the registry `one` in the workspace.
    registry: String,
    /// The id of a user.
    user: String,
}

impl Things {
    /// Made by the administrator for one request.
    async fn make(app: &App, row: &Row, person: &Person, number: usize) -> Self {
        let mut things = Self { workspace: format!("w{number}"), registry: String::new(), user: String::new() };
        if row.on == "user" {
            app.invite(&format!("u{number}"), "None").await;
            things.user = app.user_id(&format!("u{number}")).await;
            return things;
        }
        app.create_workspace(&things.workspace).await;
        if person.role == Some("None") {
            app.give_role(&things.workspace, person.name, "Administrator").await;
        }
        if let Some(role) = person.role {
            app.give_role(&things.workspace, person.name, role).await;
        }
        if row.on == "registry" {
            things.registry = app.create_registry(&[("name", "one"), ("workspace", &things.workspace)]).await;
        }
        things
    }

    /// Deletes what was made, as far as the request has left it.
    async fn delete(&self, app: &App) {
        let targets = format!("{}:{}/one", self.registry, self.workspace);
        for (path, field, value) in [
            ("/ui/image-registries/delete", "targets", &targets),
            ("/ui/workspaces/delete", "workspace", &self.workspace),
        ] {
            let _ = app.post(path, &[(field, value)], By::Script).await;
        }
    }
}

/// A complete request, which succeeds for an administrator.
async fn request(app: &App, row: &Row, things: &Things, number: usize, by: By) -> Answer {
    let Things { registry, workspace, user } = things;
    let url = ("url", "https://registry.example.com");
    let unreachable = ("url", "https://127.0.0.1:1");
    let targets = format!("{registry}:{workspace}/one");
    let new = format!("new{number}");
    let manifest =
        format!("kind: ImageRegistry\nmetadata: {{name: {new}, workspace: {workspace}}}\nspec: {{url: a.example}}");
    let fields: Vec<(&str, &str)> = match row.path {
        "/ui/image-registries/list" => return app.page(&format!("{}?workspace={workspace}", row.path)).await,
        "/ui/image-registries/details" | "/ui/image-registries/pull-config" => {
            return app.page(&format!("{}?workspace={workspace}&name=one", row.path)).await;
        }
        "/ui/image-registries/by-id" => return app.page(&format!("{}?ids={registry}", row.path)).await,
        "/ui/workspaces/details" => return app.page(&format!("{}?name={workspace}", row.path)).await,
        "/ui/users/details" => return app.page(&format!("{}?name=u{number}", row.path)).await,
        "/audit/export" => return app.page(&format!("{}?format=csv", row.path)).await,
        "/ui/audit/list" => return app.page(&format!("{}?", row.path)).await,
        "/image-registries/delete" => return app.page(&format!("{}?id={registry}", row.path)).await,
        _ if row.method == "GET" => {
            let path = row.path.replace('W', workspace).replace("/U", &format!("/u{number}"));
            return app.page(&path).await;
        }
        "/ui/image-registries/pull-config/password" => vec![("workspace", workspace), ("name", "one")],
        "/ui/image-registries/create" => vec![("name", &new), ("workspace", workspace), url],
        "/ui/image-registries/create/test" => vec![unreachable],
        "/ui/image-registries/import/test" => vec![("manifests", &manifest)],
        "/ui/image-registries/update" => vec![("registry", registry), ("based_on", "1"), url],
        "/ui/image-registries/update/test" => vec![("registry", registry), ("based_on", "1"), unreachable],
        "/ui/image-registries/check" => vec![("id", registry)],
        "/image-registries/export" => vec![],
        "/ui/image-registries/delete" => vec![("targets", &targets)],
        "/ui/workspaces/create" => vec![("name", &new)],
        "/ui/workspaces/delete" => vec![("workspace", workspace)],
        "/ui/workspaces/role" => vec![("workspace", workspace), ("user_name", USER), ("workspace_role", "Viewer")],
        "/ui/audit/retention" => vec![("days", "400")],
        "/ui/users/invite" => vec![("user_name", &new), ("role", "None")],
        "/ui/users/role" => vec![("user", user), ("role", "Viewer")],
        "/ui/users/disabled" => vec![("user", user), ("disabled", "yes")],
        "/ui/users/link" | "/ui/users/link/withdraw" | "/ui/users/delete" => vec![("user", user)],
        other => panic!("{other}: say here what to send"),
    };
    app.post(row.path, &[fields.as_slice(), &[("page", "/workspaces")]].concat(), by).await
}

/// The answer without what differs between any two: the nonce, and the number of the last event.
fn content(answer: &Answer) -> &str {
    let page = answer.text.split_once("<main").and_then(|(_, rest)| rest.split_once("</main>"));
    page.map_or(&*answer.text, |(main, _)| main)
}

/// The names of the headers.
fn header_names(answer: &Answer) -> BTreeSet<String> {
    answer.headers.keys().map(ToString::to_string).collect()
}

#[tokio::test]
async fn w5_every_server_function_has_a_line_in_the_matrix() {
    let _ = App::fresh().await;
    let known: BTreeSet<_> =
        rows().iter().map(|row| row.path.to_owned()).filter(|path| path.starts_with("/ui/")).collect();
    let there: BTreeSet<_> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(known, there);
}

/// The line of a page in the matrix. A new page does not compile without one.
fn line_of(page: &Page) -> Option<&'static str> {
    Some(match page {
        Page::Registries => "/image-registries",
        Page::CreateRegistry => "/image-registries/create",
        Page::ImportRegistries => "/image-registries/import",
        Page::DeleteRegistries => "/image-registries/delete",
        Page::Registry(_) => "/image-registries/W/one",
        Page::EditRegistry(_) => "/image-registries/W/one/edit",
        Page::Workspaces => "/workspaces",
        Page::Workspace(_) => "/workspaces/W",
        Page::DeleteWorkspace(_) => "/workspaces/W/delete",
        Page::Users => "/users",
        Page::User(_) => "/users/U",
        Page::DeleteUser(_) => "/users/U/delete",
        Page::Tokens => "/tokens",
        Page::Audit => "/audit",
        Page::Account => "/account",
        Page::LogIn => "/login",
        Page::SetUp => "/setup",
        Page::SetPassword => "/set-password",
        Page::NotFound => return None,
    })
}

#[test]
fn w5_every_page_has_a_line_in_the_matrix() {
    let rows = rows();
    let pages = rows.iter().filter(|row| !row.path.starts_with("/ui/") && !row.path.ends_with("/export"));
    // Each line is of the page that it says, and there is one for each kind of page.
    let kinds: BTreeSet<_> = pages
        .map(|row| {
            assert_eq!(line_of(&Page::at(row.path)), Some(row.path));
            row.path
        })
        .collect();
    assert_eq!(kinds.len(), 18);
}

#[tokio::test]
async fn w5_w6_everybody_can_do_what_the_matrix_says_and_nothing_else() {
    let mut app = App::signed_in().await;
    let people = people(&app).await;
    let administrator = app.cookie();
    let mut number = 0;
    for row in rows().into_iter().filter(|row| row.method != "ANY") {
        assert_eq!(row.outcomes.len(), people.len(), "{}", row.path);
        for (person, outcome) in people.iter().zip(&row.outcomes) {
            let ways: &[By] = if row.method == "POST" { &[By::Script, By::PlainForm] } else { &[By::Script] };
            for by in ways {
                number += 1;
                // The audit trail records a limited number of refusals in a time.
                app.clock.advance(10_000);
                app.set_cookie(administrator.as_deref());
                let things = Things::make(&app, &row, person, number).await;
                app.set_cookie(person.cookie.as_deref());
                let answer = request(&app, &row, &things, number, *by).await;
                let (status, text) = (answer.status, content(&answer));
                let place = format!("{} {} as {} {by:?}: {status} {text}", row.method, row.path, person.name);
                match outcome {
                    Outcome::LogIn if row.path.starts_with("/ui/") || row.method == "POST" && *by == By::Script => {
                        assert_eq!(status, StatusCode::UNAUTHORIZED, "{place}");
                    }
                    Outcome::LogIn => assert!(answer.redirect().starts_with("/login"), "{place}"),
                    Outcome::No => {
                        assert_eq!(status, StatusCode::FORBIDDEN, "{place}");
                        // Pages that offer something refused say so by themselves.
                        if row.path.starts_with("/ui/") {
                            assert_refusal_recorded(&mut app, administrator.as_deref(), person.name).await;
                        }
                    }
                    Outcome::Yes => {
                        assert!(status.is_success() || answer.redirect() != "/login", "{place}");
                    }
                    Outcome::Gone => {}
                }
                // What is hidden gives the answer of what does not exist, and what is shown another one.
                if matches!(outcome, Outcome::Gone | Outcome::Yes) && ["registry", "workspace"].contains(&row.on) {
                    app.set_cookie(administrator.as_deref());
                    things.delete(&app).await;
                    app.set_cookie(person.cookie.as_deref());
                    let absent = request(&app, &row, &things, number, *by).await;
                    let same = (status, text) == (absent.status, content(&absent))
                        && header_names(&answer) == header_names(&absent);
                    assert_eq!(same, *outcome == Outcome::Gone, "{place}; absent: {}", content(&absent));
                }
            }
        }
    }
}

/// The newest entry of the audit trail is a refusal of this person.
async fn assert_refusal_recorded(app: &mut App, administrator: Option<&str>, who: &str) {
    app.set_cookie(administrator);
    let trail: AuditPage = app.page("/ui/audit/list?outcome=Refused").await.json();
    let newest = &trail.rows[0];
    assert_eq!((newest.who.to_lowercase(), newest.outcome.as_str()), (who.to_lowercase(), "Refused"));
}

#[tokio::test]
async fn only_an_administrator_sees_users() {
    let mut app = App::signed_in().await;
    let users: UserList = app.page("/ui/users/list?").await.json();
    assert_eq!(users.page_info.total, 1);
    let bo = app.person("bo", "Editor", &[]).await;
    app.set_cookie(Some(&bo));
    assert!(app.page("/image-registries").await.text.contains("data-offers=\"editing\""));
}
