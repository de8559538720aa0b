//! Figures for Prometheus: what was done is counted, and nothing that people have entered is shown.

use super::kit::{App, By, RequestExt};
use axum::body::{Body, to_bytes};
use futures_util::StreamExt;
use http::{Method, Request, StatusCode};
use server::metrics_router;
use tower::ServiceExt;

/// What Prometheus reads from this server.
pub async fn figures(app: &App) -> String {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = metrics_router(app.state.clone(), None).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let bytes = to_bytes(response.into_body(), 1024 * 1024).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The value of a sample, by its name and labels.
#[track_caller]
pub fn sample(figures: &str, name: &str) -> i64 {
    let line = figures.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name}: {figures}")).parse().unwrap()
}

#[tokio::test]
async fn requests_registries_and_streams_are_counted_by_names_that_nobody_else_has_chosen() {
    let app = App::signed_in().await;
    app.create_workspace("canary-workspace").await;
    for name in ["canary-one", "canary-two"] {
        let fields = [("name", name), ("workspace", "canary-workspace"), ("url", "https://canary.example.com")];
        app.create_registry(&fields).await;
        let _ = app.page(&format!("/image-registries/canary-workspace/{name}?canary=1")).await;
    }
    for path in ["/canary", "/canary/2", "/ui/canary", "/image-registries/a/b/c/canary"] {
        assert_eq!(app.page(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let request = app.request(Method::from_bytes(b"CANARY").unwrap(), "/login").with_header("x-canary", "canary");
    let _ = app.send(request).await;
    let rejected = app.post("/ui/workspaces/create", &[("name", "default")], By::Script).await;
    assert_eq!(rejected.status, StatusCode::CONFLICT);
    let mut stream = app.stream("/events").await;
    assert!(stream.next().await.is_some());

    let figures = figures(&app).await;
    let requests = |route: &str, status: u16| {
        sample(&figures, &format!("portolan_http_requests_total{{route=\"{route}\",status=\"{status}\"}}"))
    };
    assert_eq!(requests("/image-registries/{workspace}/{name}", 200), 2);
    assert_eq!(requests("unknown", 404), 4);
    assert_eq!(requests("/ui/image-registries/create", 200), 2);
    assert_eq!(requests("/ui/workspaces/create", 409), 1);
    let durations = "portolan_http_request_duration_seconds_count{route=\"/ui/workspaces/create\"}";
    assert_eq!(sample(&figures, durations), 2);
    for (status, count) in [("Pending", 2), ("Connected", 0), ("Failed", 0)] {
        assert_eq!(sample(&figures, &format!("portolan_image_registries{{status=\"{status}\"}}")), count);
    }
    assert_eq!(sample(&figures, "portolan_event_streams"), 1);
    assert_eq!(sample(&figures, "portolan_password_hashes{state=\"waiting\"}"), 0);
    let pools = figures.lines().filter(|line| line.starts_with("portolan_database_connections{")).count();
    assert!(pools >= 2 && figures.ends_with("# EOF\n"), "{figures}");
    assert!(!figures.to_lowercase().contains("canary"), "{figures}");
}

#[tokio::test]
async fn checks_are_counted_by_their_outcome() {
    let app = App::checking().await;
    app.create_registry(&[("name", "refused"), ("url", "http://127.0.0.1:1")]).await;
    app.checked("default", "refused").await;
    let figures = figures(&app).await;
    assert!(sample(&figures, "portolan_checks_total{outcome=\"failed\"}") > 0);
    assert_eq!(
        sample(&figures, "portolan_check_duration_seconds_count"),
        sample(&figures, "portolan_checks_total{outcome=\"failed\"}")
    );
    assert_eq!(sample(&figures, "portolan_image_registries{status=\"Failed\"}"), 1);
}

#[tokio::test]
async fn without_the_database_the_other_figures_are_still_there() {
    let app = App::signed_in().await;
    super::kit::execute(app.folder.path(), "alter table image_registry rename to image_registry_gone").await;
    let figures = figures(&app).await;
    assert!(!figures.contains("portolan_image_registries{"), "{figures}");
    assert_eq!(sample(&figures, "portolan_event_streams"), 0);
}
