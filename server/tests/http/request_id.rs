//! The id of a request, in the answer and in what people see of an error.

use super::kit::{App, RequestExt, execute};
use app::AppError;
use http::{Method, StatusCode};
use std::collections::BTreeSet;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test]
async fn every_answer_names_its_request_and_a_client_can_choose_the_id_only_as_a_valid_trace() {
    let app = App::signed_in().await;
    let mut seen = BTreeSet::new();
    for path in ["/login", "/image-registries", "/nothing", "/healthz", "/ui/nothing", "/assets/nothing"] {
        let id = app.page(path).await.header("x-request-id").to_owned();
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) && seen.insert(id), "{path}");
    }
    for (header, value, is_taken) in [
        ("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"), true),
        ("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01-more"), false),
        ("traceparent", TRACE.to_owned(), false),
        ("x-request-id", TRACE.to_owned(), false),
    ] {
        let request = app.request(Method::GET, "/login").with_header(header, &value);
        let id = app.send(request).await.header("x-request-id").to_owned();
        assert_eq!((id == TRACE, id.len()), (is_taken, 32), "{header}: {value}");
    }
}

#[tokio::test]
async fn an_error_of_the_server_names_the_request_also_inside_a_page() {
    let app = App::signed_in().await;
    execute(app.folder.path(), "alter table workspace rename to workspace_gone").await;
    let script = app.page("/ui/workspaces/list").await;
    assert_eq!(script.expect_error(), AppError::Internal(script.header("x-request-id").to_owned()));
    let page = app.page("/workspaces").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.text.contains(page.header("x-request-id")), "{}", page.text);
}
