//! Pages: status codes, headers and escaping.

use super::kit::{App, By, PASSWORD, RequestExt, USER, http_options};
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
        if answer.header("content-type").starts_with("text/html") {
            assert!(policy.contains("base-uri 'none'") && policy.contains("form-action 'self'"), "{path}: {policy}");
        }
        assert!(!policy.contains("object-src") && !policy.contains('*'), "{path}: {policy}");
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

/// What somebody without an account can leave behind, and what people with one can.
#[tokio::test]
async fn w11_text_from_anywhere_is_inert_wherever_it_is_shown() {
    const PAYLOADS: [&str; 6] = [
        "</script><script>alert(1)</script>",
        "\"'><img src=x onerror=alert(1)>",
        "<!--<svg/onload=alert(1)>",
        "]]><img src=x>{{7*7}}${7*7}",
        "&lt;img src=x&gt;",
        "</title></textarea></style><img src=x>",
    ];
    let mut app = App::signed_in().await;
    let mut shown = Vec::new();
    for (number, payload) in PAYLOADS.into_iter().enumerate() {
        let name = format!("registry-{number}");
        app.create_registry(&[("name", &name), ("username", payload), ("password", payload)]).await;
        let wrong = app.form("/ui/login", &[("user_name", payload), ("password", payload)], By::PlainForm);
        let answer = app.send(wrong.with_header("user-agent", payload).without_header("cookie")).await;
        shown.push(("/ui/login".to_owned(), answer));
        let right = app.form("/ui/login", &[("user_name", USER), ("password", PASSWORD)], By::Script);
        let answer = app.send(right.with_header("user-agent", payload)).await;
        app.keep_session(&answer);
        // Whether such a name is accepted or refused and shown again.
        for (path, field) in [
            ("/ui/users/invite", "user_name"),
            ("/ui/workspaces/create", "name"),
            ("/ui/image-registries/create", "url"),
            ("/ui/image-registries/create", "repository"),
            ("/ui/image-registries/create", "test_image"),
            ("/ui/image-registries/create", "ca_certificates"),
            ("/ui/image-registries/create", "token_service"),
            ("/ui/audit/retention", "days"),
        ] {
            let fields = [(field, payload), ("role", "None"), ("page", "/workspaces")];
            shown.push((path.to_owned(), app.post(path, &fields, By::PlainForm).await));
        }
        let query = serde_urlencoded::to_string([
            ("q", payload),
            ("person", payload),
            ("object", payload),
            ("workspace", payload),
            ("sort", payload),
            ("next", payload),
            ("token", payload),
        ]);
        let query = query.unwrap();
        for page in ["/image-registries", "/users", "/audit", "/workspaces", "/login", "/set-password", "/nowhere"] {
            shown.push((page.to_owned(), app.page(&format!("{page}?{query}")).await));
        }
        for page in ["/image-registries", "/users", "/audit", "/account"] {
            shown.push((page.to_owned(), app.page(page).await));
        }
        for page in [format!("/image-registries/default/{name}"), format!("/image-registries/default/{name}/edit")] {
            let answer = app.page(&page).await;
            assert_eq!(answer.status, StatusCode::OK, "{page}");
            shown.push((page, answer));
        }
    }
    for (place, answer) in &shown {
        assert!(!answer.status.is_server_error(), "{place}: {}", answer.text);
        for active in ["<script>alert", "<img", "<svg/", "<!--<svg", "</title></textarea>"] {
            assert!(!answer.text.contains(active), "{place}: {active}: {}", answer.text);
        }
    }
    // It is the text that was typed, and not cut out.
    let details = app.page("/image-registries/default/registry-1").await.text;
    assert!(details.contains("&gt;&lt;img src=x onerror=alert(1)&gt;"), "{details}");
    let details = app.page("/image-registries/default/registry-4").await.text;
    assert!(details.contains("&amp;lt;img src=x&amp;gt;"), "{details}");
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
