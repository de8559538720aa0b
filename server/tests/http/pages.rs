//! Pages: status codes, headers and escaping.

use super::kit::{App, By, RequestExt, http_options};
use http::{Method, StatusCode};

#[tokio::test]
async fn every_page_has_its_status_code_and_title() {
    let app = App::signed_in().await;
    app.create_registry(&[("name", "one")]).await;
    for (path, status) in [
        ("/login", StatusCode::OK),
        ("/setup", StatusCode::NOT_FOUND),
        ("/image-registries", StatusCode::OK),
        ("/image-registries/create", StatusCode::OK),
        ("/image-registries/delete", StatusCode::OK),
        ("/image-registries/delete?id=x", StatusCode::OK),
        ("/image-registries/default/one", StatusCode::OK),
        ("/image-registries/default/one/edit", StatusCode::OK),
        ("/image-registries/default/two", StatusCode::NOT_FOUND),
        ("/image-registries/nowhere/one", StatusCode::NOT_FOUND),
        ("/workspaces", StatusCode::OK),
        ("/workspaces/default", StatusCode::OK),
        ("/workspaces/default/delete", StatusCode::OK),
        ("/workspaces/nowhere", StatusCode::NOT_FOUND),
        ("/account", StatusCode::OK),
        ("/nowhere", StatusCode::NOT_FOUND),
        ("/image-registries/a/b/c/d", StatusCode::NOT_FOUND),
        ("/%00", StatusCode::NOT_FOUND),
        ("/%ff%fe", StatusCode::NOT_FOUND),
    ] {
        let page = app.page(path).await;
        assert_eq!(page.status, status, "{path}");
        assert_eq!(page.text.matches("<h1").count(), 1, "{path}");
        assert_eq!(page.text.matches("<title>").count(), 1, "{path}");
        assert!(page.text.contains("</html>"), "{path}");
    }
    let home = app.page("/").await;
    assert_eq!(home.redirect(), "/image-registries");
    assert_eq!(app.page("/favicon.ico").await.status, StatusCode::NOT_FOUND);
    let post = app.request(Method::POST, "/image-registries").with_header("origin", "https://portolan.test");
    assert_eq!(app.send(post).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn w10_every_response_has_security_headers() {
    let app = App::signed_in().await;
    for path in ["/image-registries", "/login", "/nowhere", "/ui/workspaces/list", "/healthz", "/assets/none"] {
        let answer = app.page(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(
            answer.header("strict-transport-security"),
            "",
            "{path}: it would bind every port of this host name"
        );
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
    }
}

#[tokio::test]
async fn hsts_is_sent_if_the_operator_turns_it_on() {
    let app = App::signed_in().await;
    let router = server::router(app.state.clone(), server::HttpOptions { hsts: true, ..http_options() });
    let answer = tower::ServiceExt::oneshot(router, app.request(Method::GET, "/login")).await.unwrap();
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
}

#[tokio::test]
async fn w1_every_cookie_is_secure() {
    let app = App::signed_in().await;
    for (path, form) in [
        ("/ui/preferences/theme", [("theme", "dark"), ("page", "/login")]),
        ("/ui/workspaces/create", [("name", "team"), ("page", "/workspaces")]),
    ] {
        let answer = app.post(path, &form, By::PlainForm).await;
        assert!(!answer.cookies().is_empty(), "{path}");
        for cookie in answer.cookies() {
            assert!(cookie.contains("; Secure"), "{cookie}");
        }
    }
}

#[tokio::test]
async fn w10_every_script_has_a_nonce_that_is_unique_to_its_page() {
    let app = App::signed_in().await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let page = app.page("/image-registries").await;
        let policy = page.header("content-security-policy");
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        for script in page.text.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap();
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{tag}");
        }
        assert!(!page.text.contains(" style=\"") && !page.text.contains(" onclick="));
        assert!(!seen.contains(&nonce));
        seen.push(nonce);
    }
}

#[tokio::test]
async fn w11_stored_and_searched_text_is_escaped_in_pages() {
    let app = App::signed_in().await;
    let username = "</script><script>alert(1)</script>\"'<img src=x>";
    app.create_registry(&[("name", "one"), ("username", username), ("password", "p")]).await;
    for path in [
        "/image-registries",
        "/image-registries/default/one",
        "/image-registries/default/one/edit",
        "/image-registries?q=%3C%2Fscript%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%3Cimg%20src%3Dx%3E",
        "/login?next=%22%3E%3Cimg%20src%3Dx%3E",
    ] {
        let page = app.page(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.text.contains("<script>alert") && !page.text.contains("<img"), "{path}");
    }
}

#[tokio::test]
async fn a_flash_message_is_shown_once() {
    let app = App::signed_in().await;
    let created = app.post("/ui/workspaces/create", &[("name", "team"), ("page", "/workspaces")], By::PlainForm).await;
    let message = created.cookie("__Host-message").unwrap().split(';').next().unwrap();
    let both = format!("{}; {message}", app.cookie().unwrap());
    let page = app.send(app.request(Method::GET, "/workspaces/team").with_header("cookie", &both)).await;
    assert!(page.text.contains("Created workspace team."));
    let removed = page.cookie("__Host-message").unwrap();
    assert!(removed.starts_with("__Host-message=; ") && removed.contains("Max-Age=0"), "{removed}");
}

#[tokio::test]
async fn preferences_are_applied_by_the_server() {
    let app = App::signed_in().await;
    let dark = app.post("/ui/preferences/theme", &[("theme", "dark"), ("page", "/workspaces")], By::PlainForm).await;
    assert_eq!(dark.redirect(), "/workspaces");
    assert!(dark.cookie("theme").unwrap().starts_with("theme=dark; "));
    let columns = [("page", "/image-registries?q=a"), ("url", "shown"), ("status", "shown")];
    let chosen = app.post("/ui/preferences/columns", &columns, By::PlainForm).await;
    assert_eq!(chosen.redirect(), "/image-registries?q=a");
    let hidden = chosen.cookie("hidden_columns").unwrap();
    assert!(hidden.starts_with("hidden_columns=workspace.repository.credentials.updated.created; "), "{hidden}");

    app.create_registry(&[("name", "one")]).await;
    let cookies = format!("{}; theme=dark; hidden_columns=url.nonsense.status", app.cookie().unwrap());
    let page = app.send(app.request(Method::GET, "/image-registries").with_header("cookie", &cookies)).await;
    assert!(page.text.contains("data-theme=\"dark\""));
    assert!(page.text.contains("data-hidden=\"status url\""));
}

#[tokio::test]
async fn assets_are_served_compressed_and_immutable() {
    let app = App::fresh().await;
    let page = app.page("/login").await;
    let Some(path) = page.text.split('"').find(|part| part.starts_with("/assets/") && part.ends_with(".css")) else {
        // In a build without the browser's half, pages work without assets.
        assert!(std::env::var_os("PORTOLAN_EXPECT_ASSETS").is_none(), "the assets are missing");
        return;
    };
    let ask = async |name: &str, value: &str| app.send(app.request(Method::GET, path).with_header(name, value)).await;
    for (accepted, encoding) in [("gzip, br", "br"), ("gzip", "gzip"), ("identity", ""), ("br;q=0, gzip", "gzip")] {
        let answer = ask("accept-encoding", accepted).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert!(answer.header("cache-control").contains("immutable"));
        assert_eq!(answer.header("content-type"), "text/css; charset=utf-8");
    }
    let tagged = ask("accept-encoding", "br").await;
    let again = ask("if-none-match", tagged.header("etag")).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(app.page("/assets/../Cargo.toml").await.status, StatusCode::NOT_FOUND);
}

/// Rendering can race with the end of a request, so one request is not enough to notice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_requests_get_complete_pages() {
    let app = std::sync::Arc::new(App::signed_in().await);
    app.create_registry(&[("name", "one")]).await;
    let asking: Vec<_> = (0..200)
        .map(|index| {
            let app = app.clone();
            let path = ["/image-registries", "/image-registries/default/one", "/workspaces", "/account"][index % 4];
            tokio::spawn(async move { app.page(path).await })
        })
        .collect();
    for answer in asking {
        let page = answer.await.unwrap();
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("\u{b7} Portolan</title>") && page.text.contains("</html>"));
    }
}
