//! "Use this registry": what its page shows in each format, and to whom.

use super::kit::{App, By};
use app::AppError;
use app::audit::AuditPage;
use app::image_registries::PullPanel;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use server::pull_config::PullFormat;

const USERNAME: &str = "robot$ci+x";
const PASSWORD: &str = "canary'p\"a\\s's $HOME";

/// The fields of the form that shows a password.
const FORM: [(&str, &str); 4] = [
    ("workspace", "default"),
    ("name", "one"),
    ("format", "k3s-registries"),
    ("page", "/image-registries/default/one?use=k3s-registries"),
];

/// A server with a registry that has a password, and an administrator without the right to read it.
async fn scene() -> App {
    let app = App::signed_in().await;
    let registry = [("name", "one"), ("url", "https://registry.example.com:5000"), ("repository", "team")];
    app.create_registry(&[&registry[..], &[("username", USERNAME), ("password", PASSWORD)]].concat()).await;
    app
}

/// Gives the administrator the right to read credentials.
async fn with_right(mut app: App) -> App {
    app.allow_reading_credentials().await;
    app
}

async fn panel(app: &App, format: &str) -> PullPanel {
    app.page(&format!("/ui/image-registries/pull-config?workspace=default&name=one&format={format}")).await.json()
}

fn encoded() -> String {
    STANDARD.encode(format!("{USERNAME}:{PASSWORD}"))
}

#[tokio::test]
async fn a_page_shows_how_to_use_its_registry_in_each_format_without_the_password() {
    let app = with_right(scene().await).await;
    for format in PullFormat::ALL {
        let page = app.page(&format!("/image-registries/default/one?use={}", format.as_str())).await.text;
        assert!(page.contains("Use this registry") && page.contains("registry.example.com:5000"));
        assert!(!page.contains("canary") && !page.contains(&encoded()), "{page}");
        let holds_password = !matches!(format, PullFormat::CrioRegistries | PullFormat::Login | PullFormat::Import);
        assert_eq!(page.contains("Show password"), holds_password, "{}", format.as_str());
        let current = format!("?use={}#use-title\" aria-current=\"true\"", format.as_str());
        assert!(page.contains(&current), "{page}");
    }
    assert_eq!(panel(&app, "xml").await.format, "docker-config", "an unknown format is the first one");
    let trail: AuditPage = app.page("/ui/audit/list?event=credentials.read").await.json();
    assert!(trail.rows.is_empty(), "nothing was read");
}

#[tokio::test]
async fn a_password_is_shown_with_the_right_to_read_it_and_recorded() {
    let app = with_right(scene().await).await;
    let path = "/ui/image-registries/pull-config/password";
    let shown: PullPanel = app.post(path, &FORM, By::Script).await.form_response().result.unwrap().read().unwrap();
    assert!(shown.files[0].content.contains("canary") && !shown.files[0].is_masked && !shown.may_show);

    let page = app.post(path, &FORM, By::PlainForm).await;
    let (_, file) = page.text.split_once("<pre").unwrap();
    assert!(file.split("</pre>").next().unwrap().contains("canary"), "{}", page.text);
    assert!(page.text.contains("The files contain the password."));
    assert_eq!(page.header("cache-control"), "no-store");

    let trail: AuditPage = app.page("/ui/audit/list?event=credentials.read").await.json();
    assert_eq!(trail.rows.len(), 2);
    assert!(trail.rows.iter().all(|entry| entry.changes == ["Purpose: Shown on the page"]), "{trail:?}");
    assert_eq!(app.details("default", "one").await.consumers, [], "who looks at a password does not depend on it");
}

#[tokio::test]
async fn a_password_is_not_shown_without_the_right_to_read_it() {
    let app = scene().await;
    assert!(panel(&app, "docker-config").await.files[0].is_masked);
    assert!(!app.page("/image-registries/default/one").await.text.contains("Show password"));
    let refused = app.post("/ui/image-registries/pull-config/password", &FORM, By::Script).await;
    let AppError::Forbidden(message) = refused.expect_error() else { panic!("{}", refused.text) };
    assert!(message.contains("Give it to yourself on your page under Users."), "{message}");
    assert!(!refused.text.contains("canary") && !refused.text.contains(&encoded()));
}

#[tokio::test]
async fn a_registry_without_credentials_has_no_password_to_show() {
    let app = with_right(App::signed_in().await).await;
    app.create_registry(&[("name", "one"), ("url", "docker.io")]).await;
    let shown = panel(&app, "docker-config").await;
    assert_eq!((shown.files[0].is_masked, shown.may_show), (false, false));
    assert!(shown.files[0].content.contains("\"auths\": {}"));
}
