//! Only pages of this console may change something (CSRF).

use super::kit::{App, By, RequestExt, set_up_form};
use http::StatusCode;

#[tokio::test]
async fn w3_cross_site_requests_change_nothing() {
    let app = App::signed_in().await;
    let cases: [(&[(&str, &str)], bool); 17] = [
        (&[("sec-fetch-site", "same-origin"), ("origin", "https://portolan.test")], true),
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("origin", "https://portolan.test")], true),
        (&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], false),
        (&[("sec-fetch-site", "same-site"), ("origin", "https://other.state.test")], false),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("origin", "https://evil.example")], false),
        (&[("origin", "null")], false),
        (&[], false),
        (&[("origin", "https://portolan.test:443")], true),
        (&[("sec-fetch-site", "same-origin"), ("origin", "http://another.name:8080")], true),
        (&[("sec-fetch-site", "none")], false),
        (&[("sec-fetch-site", "none"), ("origin", "https://portolan.test")], false),
        (&[("sec-fetch-site", "")], false),
        (&[("origin", "")], false),
        (&[("origin", "https://portolan.test:8443")], false),
        (&[("origin", "https://portolan.test.evil.example")], false),
    ];
    for (index, (headers, allowed)) in cases.into_iter().enumerate() {
        for (by, kind) in [(By::Script, "script"), (By::PlainForm, "form")] {
            let name = format!("made-{index}-{kind}");
            let request = app.form("/ui/workspaces/create", &[("name", &name), ("page", "/workspaces")], by);
            let request = request.without_header("origin");
            let request = headers.iter().fold(request, |request, (name, value)| request.with_header(name, value));
            let answer = app.send(request).await;
            assert_eq!(answer.status == StatusCode::FORBIDDEN, !allowed, "{headers:?}: {}", answer.status);
            let there = app.page(&format!("/workspaces/{name}")).await.status == StatusCode::OK;
            assert_eq!(there, allowed, "{headers:?}");
        }
    }
}

#[tokio::test]
async fn w3_with_a_public_url_only_its_pages_change_something_whatever_the_host_is() {
    let app = App::behind("https://portolan.test").await;
    for (headers, allowed) in [
        (&[("origin", "https://portolan.test"), ("host", "127.0.0.1:3000")][..], true),
        (&[("origin", "https://portolan.test"), ("sec-fetch-site", "same-origin"), ("host", "upstream")], true),
        (&[("sec-fetch-site", "same-origin"), ("host", "upstream")], true),
        (&[("origin", "https://portolan.test"), ("sec-fetch-site", "cross-site")], false),
        (&[("origin", "https://rebound.example"), ("host", "rebound.example")], false),
        (
            &[("origin", "http://rebound.example"), ("host", "rebound.example"), ("sec-fetch-site", "same-origin")],
            false,
        ),
        (&[("origin", "http://portolan.test")], false),
        (&[("origin", "https://portolan.test:8443"), ("host", "portolan.test:8443")], false),
        (&[("origin", "null")], false),
        (&[("host", "portolan.test")], false),
    ] {
        for (by, kind) in [(By::Script, "script"), (By::PlainForm, "form")] {
            let request = app.form("/ui/workspaces/create", &[("name", "default"), ("page", "/workspaces")], by);
            let request = request.without_header("origin");
            let request = headers.iter().fold(request, |request, (name, value)| request.with_header(name, value));
            let answer = app.send(request).await;
            assert_eq!(answer.status == StatusCode::FORBIDDEN, !allowed, "{kind} {headers:?}: {}", answer.status);
            let is_elsewhere = headers[0].0 == "origin" && headers[0].1 != "https://portolan.test";
            let says_where = answer.text.contains("the address of the console is https://portolan.test");
            assert_eq!(says_where, is_elsewhere, "{headers:?}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn a_blocked_request_names_the_host_that_a_proxy_rewrote() {
    let app = App::signed_in().await;
    for by in [By::Script, By::PlainForm] {
        let request = app.form("/ui/workspaces/create", &[("name", "made"), ("page", "/workspaces")], by);
        let request = request.with_header("origin", "http://console.lab:8080").with_header("host", "127.0.0.1:3000");
        let answer = app.send(request).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        for said in ["http://console.lab:8080", "127.0.0.1:3000", "let it pass on the Host header"] {
            assert!(answer.text.contains(said), "{by:?}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn w1_a_log_in_over_plain_http_explains_the_dropped_cookie_and_keeps_the_set_up_link() {
    let app = App::fresh().await;
    let token = app.setup_token();
    let page = format!("/setup?token={token}");
    let set_up = [&set_up_form(&token)[..], &[("page", &page)]].concat();
    for (origin, host, works) in [
        ("http://10.0.0.5:3000", "10.0.0.5:3000", false),
        ("http://console.lab", "console.lab", false),
        ("http://localhost:3000", "localhost:3000", true),
    ] {
        for by in [By::PlainForm, By::Script] {
            let request = app.form("/ui/setup", &set_up, by);
            let answer = app.send(request.with_header("origin", origin).with_header("host", host)).await;
            assert_eq!(answer.status == StatusCode::FORBIDDEN, !works, "{origin}: {} {}", answer.status, answer.text);
            assert_eq!(answer.text.contains("--plain-http"), !works, "{origin}: {}", answer.text);
            if works {
                return;
            }
        }
    }
}
