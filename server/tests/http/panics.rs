//! A defect in one request is the end of that request only.

use super::kit::{App, By};
use http::StatusCode;

#[tokio::test(flavor = "multi_thread")]
async fn r11_a_panic_ends_its_request_and_the_next_thousand_are_served() {
    let app = App::signed_in().await;
    let id = app.create_registry(&[("name", "one")]).await;
    let edit = [("registry", &*id), ("based_on", "99"), ("url", "https://registry.example.com")];
    let mut panics = 0;
    // Wherever it happens: each request panics when it reads the clock for the first time, the second time, and so on.
    for readings in 0..10 {
        for number in 0..5 {
            app.clock.panic_after(readings);
            let name = format!("made-{readings}-{number}");
            let answer = match number {
                0 => app.page("/image-registries").await,
                1 => app.page("/ui/image-registries/list").await,
                2 => app.post("/ui/workspaces/create", &[("name", &name)], By::Script).await,
                3 => app.post("/ui/image-registries/check", &[("id", &id)], By::Script).await,
                _ => app.post("/ui/image-registries/update", &edit, By::Script).await,
            };
            app.clock.panic_after(-1);
            if answer.status == StatusCode::INTERNAL_SERVER_ERROR {
                panics += 1;
                assert!(!answer.text.contains("the test wants"), "{}", answer.text);
            }
            for _ in 0..6 {
                assert_eq!(app.page("/image-registries/default/one").await.status, StatusCode::OK);
                assert_eq!(app.list("").await.page_info.total, 1);
                assert_eq!(app.page("/healthz").await.status, StatusCode::OK);
            }
            let after = format!("after-{readings}-{number}");
            app.create_workspace(&after).await;
            assert_eq!(app.page("/readyz").await.status, StatusCode::OK);
        }
    }
    assert!(panics >= 8, "{panics} requests panicked");
}
