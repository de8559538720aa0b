//! A table of all server functions and who may call them. The functions are listed at run time, so a new one without a
//! row fails the test.

use super::kit::{App, By, RequestExt};
use app::AppError;
use http::{Method, StatusCode};
use std::collections::BTreeSet;

/// Who may call a server function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Everyone,
    SignedIn,
}

const FUNCTIONS: [(&str, Method, For); 38] = [
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
    ("/ui/image-registries/list", Method::GET, For::SignedIn),
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
    let id = app.create_registry(&[("name", "one")]).await;
    let before = app.details("default", "one").await;
    for (path, method, _) in FUNCTIONS {
        if method == Method::GET {
            let _ = app.page(&format!("{path}?ids={id}&workspace=default&name=one&token=x")).await;
        } else {
            // A mutation requested with GET is not found, or rejected.
            let answer =
                app.page(&format!("{path}?name=two&workspace=default&url=a.example&targets={id}:default/one")).await;
            assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        }
    }
    assert_eq!(app.details("default", "one").await, before);
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
