//! A table of all server functions and who may call them. The functions are listed at run time, so a new one without a
//! row fails the test.

use super::kit::{App, By, RequestExt, is_postgres, stored_bytes};
use app::AppError;
use axum::body::Body;
use futures_util::stream;
use http::{Method, StatusCode};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Who may call a server function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum For {
    Everyone,
    SignedIn,
}

pub const FUNCTIONS: [(&str, Method, For); 45] = [
    ("/ui/account/password", Method::POST, For::SignedIn),
    ("/ui/account/sessions", Method::GET, For::SignedIn),
    ("/ui/account/sessions/end", Method::POST, For::SignedIn),
    ("/ui/audit/list", Method::GET, For::SignedIn),
    ("/ui/audit/retention", Method::POST, For::SignedIn),
    ("/ui/image-registries/by-id", Method::GET, For::SignedIn),
    ("/ui/image-registries/check", Method::POST, For::SignedIn),
    ("/ui/image-registries/create", Method::POST, For::SignedIn),
    ("/ui/image-registries/create/test", Method::POST, For::SignedIn),
    ("/ui/image-registries/delete", Method::POST, For::SignedIn),
    ("/ui/image-registries/details", Method::GET, For::SignedIn),
    ("/ui/image-registries/import", Method::POST, For::SignedIn),
    ("/ui/image-registries/import/test", Method::POST, For::SignedIn),
    ("/ui/image-registries/list", Method::GET, For::SignedIn),
    ("/ui/image-registries/pull-config", Method::GET, For::SignedIn),
    ("/ui/image-registries/pull-config/password", Method::POST, For::SignedIn),
    ("/ui/image-registries/update", Method::POST, For::SignedIn),
    ("/ui/image-registries/update/test", Method::POST, For::SignedIn),
    ("/ui/login", Method::POST, For::Everyone),
    ("/ui/logout", Method::POST, For::SignedIn),
    ("/ui/logout/everywhere", Method::POST, For::SignedIn),
    ("/ui/logout/others", Method::POST, For::SignedIn),
    ("/ui/preferences/columns", Method::POST, For::SignedIn),
    ("/ui/preferences/theme", Method::POST, For::Everyone),
    ("/ui/setup", Method::POST, For::Everyone),
    ("/ui/setup/check", Method::GET, For::Everyone),
    ("/ui/set-password", Method::POST, For::Everyone),
    ("/ui/set-password/check", Method::GET, For::Everyone),
    ("/ui/tokens/create", Method::POST, For::SignedIn),
    ("/ui/tokens/list", Method::GET, For::SignedIn),
    ("/ui/tokens/revoke", Method::POST, For::SignedIn),
    ("/ui/users/delete", Method::POST, For::SignedIn),
    ("/ui/users/details", Method::GET, For::SignedIn),
    ("/ui/users/disabled", Method::POST, For::SignedIn),
    ("/ui/users/invite", Method::POST, For::SignedIn),
    ("/ui/users/link", Method::POST, For::SignedIn),
    ("/ui/users/link/withdraw", Method::POST, For::SignedIn),
    ("/ui/users/list", Method::GET, For::SignedIn),
    ("/ui/users/role", Method::POST, For::SignedIn),
    ("/ui/workspaces/role", Method::POST, For::SignedIn),
    ("/ui/workspaces/create", Method::POST, For::SignedIn),
    ("/ui/workspaces/delete", Method::POST, For::SignedIn),
    ("/ui/workspaces/details", Method::GET, For::SignedIn),
    ("/ui/workspaces/list", Method::GET, For::SignedIn),
    // Not a server function: an unknown path.
    ("/ui/unknown", Method::POST, For::SignedIn),
];

#[tokio::test]
async fn w5_every_server_function_has_a_row_in_the_table() {
    let _ = App::fresh().await;
    let known: BTreeSet<_> =
        FUNCTIONS.iter().filter(|row| row.0 != "/ui/unknown").map(|row| row.0.to_owned()).collect();
    let there: BTreeSet<_> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    let (missing, gone): (Vec<_>, Vec<_>) = (there.difference(&known).collect(), known.difference(&there).collect());
    assert!(missing.is_empty() && gone.is_empty(), "no row in FUNCTIONS: {missing:?}; no longer there: {gone:?}");
}

#[tokio::test]
async fn w5_server_functions_refuse_requests_without_a_session() {
    let app = App::fresh().await;
    for (path, method, who) in FUNCTIONS {
        let script = match method {
            Method::GET => app.page(path).await,
            _ => app.post(path, &[], By::Script).await,
        };
        assert_eq!(script.status == StatusCode::UNAUTHORIZED, who == For::SignedIn, "{path}: {}", script.status);
        assert!(!script.status.is_server_error(), "{path}: {}", script.text);
        if method == Method::POST {
            let plain = app.post(path, &[], By::PlainForm).await;
            let asked_to_log_in =
                plain.status == StatusCode::UNAUTHORIZED && plain.text.contains("Log in in another tab");
            assert_eq!(asked_to_log_in, who == For::SignedIn, "{path}: {} {}", plain.status, plain.text);
        }
    }
}

#[tokio::test]
async fn an_empty_form_is_rejected_for_scripts_and_plain_forms() {
    let app = App::signed_in().await;
    // What these do needs no fields, or an empty one says it.
    let harmless =
        ["/ui/audit/retention", "/ui/logout", "/ui/logout/everywhere", "/ui/logout/others", "/ui/setup", "/ui/unknown"];
    for (path, method, _) in FUNCTIONS {
        if method != Method::POST || harmless.contains(&path) {
            continue;
        }
        let script = app.post(path, &[], By::Script).await;
        assert!(script.status.is_client_error(), "{path}: {} {}", script.status, script.text);
        assert_ne!(script.expect_error(), AppError::Unauthenticated, "{path}");
        let plain = app.post(path, &[], By::PlainForm).await;
        assert_eq!(plain.status, script.status, "{path}");
        assert!(plain.text.contains("<h1") && plain.text.contains("</html>"), "{path}: {}", plain.text);
    }
}

#[tokio::test]
async fn w4_server_functions_called_with_get_change_nothing() {
    let app = App::signed_in().await;
    let credentials = [("username", "robot"), ("password", "canary")];
    let id = app.create_registry(&[&[("name", "one")], &credentials[..]].concat()).await;
    app.invite("bo", "Viewer").await;
    let user = app.user_id("bo").await;
    let fields = format!(
        "ids={id}&id={id}&registry={id}&based_on=1&workspace=default&name=one&url=a.example&targets={id}:default/one&\
         user={user}&disabled=yes&role=Editor&days=1&theme=dark&page=/&token=x&user_name=bo&workspace_role=Editor"
    );
    let before = stored(&app);
    for (path, method, _) in FUNCTIONS {
        let answer = app.page(&format!("{path}?{fields}")).await;
        // A mutation requested with GET is not found, or rejected.
        let is_refused = answer.status.is_client_error();
        assert!(is_refused || method == Method::GET, "{path}: {} {}", answer.status, answer.text);
    }
    for page in [
        "/",
        "/login",
        "/setup",
        "/set-password",
        "/account",
        "/audit",
        "/users",
        "/users/bo",
        "/users/bo/delete",
        "/workspaces",
        "/workspaces/default",
        "/workspaces/default/delete",
        "/image-registries",
        "/image-registries/create",
        "/image-registries/import",
        "/image-registries/export",
        "/image-registries/default/one",
        "/image-registries/default/one/edit",
        "/image-registries/delete",
        "/healthz",
    ] {
        let answer = app.page(&format!("{page}?{fields}")).await;
        assert!(!answer.status.is_server_error(), "{page}: {}", answer.text);
    }
    assert!(stored(&app) == before, "every byte that is stored is the same");
}

/// Everything that is stored, without what differs between two dumps of one database.
fn stored(app: &App) -> Vec<u8> {
    let bytes = stored_bytes(app.folder.path());
    if !is_postgres() {
        return bytes;
    }
    let lines = bytes.split(|byte| *byte == b'\n');
    lines
        .filter(|line| !line.starts_with(b"\\restrict") && !line.starts_with(b"\\unrestrict"))
        .collect::<Vec<_>>()
        .concat()
}

/// A body that notes whether somebody reads it.
fn observed_body(form: &str) -> (Body, Arc<AtomicBool>) {
    let is_read = Arc::new(AtomicBool::new(false));
    let (noted, form) = (is_read.clone(), form.to_owned());
    let pieces = stream::once(async move {
        noted.store(true, Ordering::SeqCst);
        Ok::<_, std::io::Error>(form)
    });
    (Body::from_stream(pieces), is_read)
}

#[tokio::test]
async fn w3_no_function_runs_or_reads_its_body_for_another_site() {
    let app = App::signed_in().await;
    let id = app.create_registry(&[("name", "one")]).await;
    app.invite("bo", "Viewer").await;
    let user = app.user_id("bo").await;
    let form = format!(
        "id={id}&registry={id}&based_on=1&workspace=default&name=two&url=a.example&targets={id}:default/one&user={user}&\
         disabled=yes&role=Editor&days=1&theme=dark&page=/&user_name=bo&workspace_role=Editor"
    );
    let sites: [&[(&str, &str)]; 6] = [
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "same-site"), ("origin", "https://sibling.portolan.test")],
        &[("sec-fetch-site", "cross-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[],
    ];
    let kinds = ["application/x-www-form-urlencoded", "text/plain", "application/json", "multipart/form-data", ""];
    let before = stored(&app);
    for (path, _, _) in FUNCTIONS {
        for (site, kind) in sites.iter().flat_map(|site| kinds.map(|kind| (site, kind))) {
            for by in [By::Script, By::PlainForm] {
                let mut request = app.form(path, &[], by).without_header("origin").without_header("content-type");
                for (name, value) in site.iter().chain(&[("content-type", kind)]).filter(|(_, value)| !value.is_empty())
                {
                    request = request.with_header(name, value);
                }
                let (body, is_read) = observed_body(&form);
                let answer = app.send(request.map(|_| body)).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {site:?} {kind} {by:?}: {}", answer.text);
                assert!(!is_read.load(Ordering::SeqCst), "{path} {site:?} {kind} {by:?}: the body was read");
            }
        }
    }
    assert!(stored(&app) == before, "every byte that is stored is the same");
}

#[tokio::test]
async fn w7_no_function_accepts_a_field_that_only_the_server_sets() {
    /// Where such a name is a field of the form.
    const FIELDS: [(&str, &str); 18] = [
        ("/ui/image-registries/check", "id"),
        ("/ui/image-registries/create", "workspace"),
        ("/ui/image-registries/create", "name"),
        ("/ui/image-registries/create/test", "name"),
        ("/ui/image-registries/create/test", "workspace"),
        ("/ui/image-registries/import", "workspace"),
        ("/ui/image-registries/import/test", "workspace"),
        ("/ui/image-registries/pull-config/password", "name"),
        ("/ui/image-registries/pull-config/password", "workspace"),
        ("/ui/preferences/columns", "workspace"),
        ("/ui/tokens/create", "role"),
        ("/ui/tokens/create", "workspace"),
        ("/ui/preferences/columns", "status"),
        ("/ui/users/invite", "role"),
        ("/ui/users/role", "role"),
        ("/ui/workspaces/create", "name"),
        ("/ui/workspaces/delete", "workspace"),
        ("/ui/workspaces/role", "workspace"),
    ];
    /// The fields that some form cannot be read without. An error names twenty at most.
    const ALL: [&str; 19] = [
        "based_on",
        "current_password",
        "days",
        "disabled",
        "name",
        "new_password",
        "password",
        "registry",
        "repeated_password",
        "role",
        "session",
        "targets",
        "theme",
        "token",
        "url",
        "user",
        "user_name",
        "workspace",
        "workspace_role",
    ];
    let app = App::signed_in().await;
    let mut accepted = BTreeSet::new();
    for (path, method, _) in FUNCTIONS {
        if method != Method::POST || path == "/ui/unknown" {
            continue;
        }
        for field in [
            "id",
            "name",
            "workspace",
            "workspace_id",
            "role",
            "created_by",
            "created_at",
            "updated_by",
            "version",
            "administrator",
            "disabled_at",
            "password_hash",
            "password_sealed",
            "password_set_at",
            "status",
            "phase",
            "session_id",
            "account_id",
        ] {
            let others = ALL.iter().filter(|other| **other != field).map(|other| (*other, "1"));
            let fields: Vec<_> = [(field, "1"), ("page", "/")].into_iter().chain(others).collect();
            let answer = app.post(path, &fields, By::Script).await;
            let errors = match answer.status {
                StatusCode::UNPROCESSABLE_ENTITY => answer.expect_error().field_errors().to_vec(),
                StatusCode::OK => Vec::new(),
                status => panic!("{path} {field}: {status} {}", answer.text),
            };
            if !errors.iter().any(|error| error.field == field && error.message.contains("cannot be set here")) {
                accepted.insert((path, field));
            }
        }
    }
    assert_eq!(accepted, BTreeSet::from(FIELDS));
}

#[tokio::test]
async fn w3_server_functions_accept_only_form_bodies() {
    let app = App::signed_in().await;
    for kind in ["text/plain", "application/json", "multipart/form-data"] {
        let request = app.form("/ui/workspaces/create", &[("name", "made")], By::Script);
        assert_eq!(
            app.send(request.with_header("content-type", kind)).await.status,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{kind}"
        );
    }
    assert_eq!(app.page("/workspaces/made").await.status, StatusCode::NOT_FOUND);
}
