//! A change comes from a page of ours, or it is not carried out.

use super::app::{App, By};
use http::{HeaderValue, StatusCode, header};

#[tokio::test]
async fn other_sites_change_nothing() {
    let app = App::signed_in().await;
    let cases: [(&[(&str, &str)], bool); 9] = [
        (&[("sec-fetch-site", "same-origin"), ("origin", "https://portolan.test")], true),
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("origin", "https://portolan.test")], true),
        (&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], false),
        (&[("sec-fetch-site", "same-site"), ("origin", "https://other.portolan.test")], false),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("origin", "https://evil.example")], false),
        (&[("origin", "null")], false),
        (&[], false),
    ];
    for (index, (headers, allowed)) in cases.into_iter().enumerate() {
        for (by, kind) in [(By::Script, "script"), (By::PlainForm, "form")] {
            let name = format!("made-{index}-{kind}");
            let mut request = app.form("/ui/workspaces/create", &[("name", &name), ("page", "/workspaces")], by);
            request.headers_mut().remove(header::ORIGIN);
            for (name, value) in headers {
                request.headers_mut().insert(*name, HeaderValue::from_static(value));
            }
            let answer = app.send(request).await;
            assert_eq!(answer.status == StatusCode::FORBIDDEN, !allowed, "{headers:?}: {}", answer.status);
            let there = app.page(&format!("/workspaces/{name}")).await.status == StatusCode::OK;
            assert_eq!(there, allowed, "{headers:?}");
        }
    }
}
