//! A stored password goes where it was entered for, and nowhere else.

use super::kit::{Answer, App, By, database};
use super::registry::Registry;
use domain::Phase;
use http::StatusCode;
use std::sync::atomic::Ordering;

/// A host that no editor has confirmed.
const OTHER_HOST: &str = "auth.other.example";

/// A registry with a stored password that accepts it, and a server that would accept it, too, but must not get it.
struct Scene {
    app: App,
    registry: Registry,
    elsewhere: Registry,
    id: String,
}

impl Scene {
    async fn set() -> Self {
        let registry = Registry::with_credentials("robot", "canary-stored").await;
        let elsewhere = Registry::with_credentials("robot", "nothing is right").await;
        let app = App::checking().await;
        let stored = [("url", registry.url.as_str()), ("username", "robot"), ("password", "canary-stored")];
        let id = app.create_registry(&[&[("name", "one")], &stored[..]].concat()).await;
        assert_eq!(app.checked("default", "one").await.status.phase, Phase::Connected);
        Self { app, registry, elsewhere, id }
    }

    /// Changes something of the registry, and nothing else.
    async fn edit(&self, version: &str, changes: &[(&str, &str)], by: By) -> Answer {
        let stored = [
            ("registry", self.id.as_str()),
            ("based_on", version),
            ("url", &self.registry.url),
            ("username", "robot"),
            ("page", "/image-registries/default/one/edit"),
        ];
        let kept = stored.iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        let fields: Vec<_> = kept.chain(changes).copied().collect();
        self.app.post("/ui/image-registries/update", &fields, by).await
    }

    /// Checks it now. Returns the reason of its status.
    async fn check(&self) -> String {
        self.app.clock.advance(10);
        self.app.post("/ui/image-registries/check", &[("id", &self.id)], By::Script).await.form_response();
        self.app.checked("default", "one").await.status.reason
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t6_no_change_takes_the_stored_password_to_another_host() {
    let scene = Scene::set().await;
    let (app, elsewhere) = (&scene.app, &scene.elsewhere);
    let before = app.details("default", "one").await;
    let (host, https) = (elsewhere.url.as_str(), scene.registry.url.replace("http:", "https:"));
    let localhost = scene.registry.url.replace("127.0.0.1", "localhost");
    for change in [
        ("url", host),
        ("url", &*https),
        ("url", &*localhost),
        ("username", "robot2"),
        ("skip_verification", "yes"),
        ("token_service", OTHER_HOST),
        ("token_service", host.trim_start_matches("http://")),
    ] {
        for by in [By::Script, By::PlainForm] {
            let answer = scene.edit("1", &[change], by).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{change:?}: {}", answer.text);
        }
        assert_eq!(app.details("default", "one").await, before, "{change:?} is not stored");
    }
    scene.check().await;
    assert_eq!(elsewhere.asked.load(Ordering::SeqCst), 0, "no other host was contacted");

    // With the password removed the address can be changed, and the other host gets nothing.
    scene
        .edit("1", &[("url", host), ("username", ""), ("remove_credentials", "yes")], By::Script)
        .await
        .form_response();
    assert!(app.details("default", "one").await.password_set.is_none());
    assert_eq!(scene.check().await, "Credentials required");
    // Back at the first address, the password is not there again.
    scene.edit("2", &[("username", "")], By::Script).await.form_response();
    assert_eq!(scene.check().await, "Credentials required");
    assert!(elsewhere.asked.load(Ordering::SeqCst) > 0);
    assert_eq!(elsewhere.wrong_log_ins.load(Ordering::SeqCst), 0, "no credentials were sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn t5_a_check_of_a_stored_registry_takes_its_id_and_nothing_else() {
    let scene = Scene::set().await;
    let asked = scene.registry.asked.load(Ordering::SeqCst);
    let host = scene.elsewhere.url.as_str();
    for field in [
        ("url", host),
        ("username", "robot"),
        ("password", "canary-typed"),
        ("repository", "team"),
        ("test_image", "team/app"),
        ("ca_certificates", ""),
        ("skip_verification", "yes"),
        ("token_service", OTHER_HOST),
        ("workspace", "default"),
    ] {
        for by in [By::Script, By::PlainForm] {
            let fields = [("id", &*scene.id), field, ("page", "/image-registries/default/one")];
            let answer = scene.app.post("/ui/image-registries/check", &fields, by).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field:?}: {}", answer.text);
        }
    }
    assert!(!scene.app.details("default", "one").await.status.checking);
    assert_eq!(scene.elsewhere.asked.load(Ordering::SeqCst), 0);
    assert_eq!(scene.registry.asked.load(Ordering::SeqCst), asked, "nothing was checked");
}

/// Whatever somebody writes into the column: it is not taken for a password.
#[tokio::test(flavor = "multi_thread")]
async fn s1_s2_only_a_password_that_was_sealed_there_is_used() {
    let scene = Scene::set().await;
    let app = &scene.app;
    let other = [("name", "two"), ("url", &*scene.registry.url), ("username", "robot"), ("password", "canary-stored")];
    app.create_registry(&other).await;
    app.checked("default", "two").await;
    let pool = database(app.folder.path()).await;
    let of = |name: &'static str| {
        sqlx::query_scalar::<_, String>("select password_sealed from image_registry where name = $1").bind(name)
    };
    let (own, others) = (of("one").fetch_one(&pool).await.unwrap(), of("two").fetch_one(&pool).await.unwrap());
    let parts: Vec<_> = own.splitn(3, ':').collect();
    let [version, key, sealed] = parts[..] else { panic!("{own}") };
    // In either letter case, a digit is the same.
    let flipped = format!("{}{}", if sealed.starts_with('0') { '1' } else { '0' }, &sealed[1..]);
    let asked = scene.registry.asked.load(Ordering::SeqCst);
    for wrong in [
        "canary-stored".to_owned(),
        String::new(),
        sealed.to_owned(),
        format!("v2:{key}:{sealed}"),
        format!("{version}:00000000:{sealed}"),
        format!("{version}:{key}:{flipped}"),
        format!("{version}:{key}:"),
        format!("{version}:{key}:{sealed}A"),
        others,
    ] {
        let update = sqlx::query("update image_registry set password_sealed = $1 where name = 'one'");
        update.bind(&wrong).execute(&pool).await.unwrap();
        assert_eq!(scene.check().await, "Stored password cannot be read", "{wrong:?}");
        let test = [("registry", &*scene.id), ("based_on", "1"), ("url", &*scene.registry.url), ("username", "robot")];
        let tested = app.post("/ui/image-registries/update/test", &test, By::Script).await;
        assert!(!tested.text.contains("Connected"), "{wrong:?}: {}", tested.text);
    }
    assert_eq!(scene.registry.asked.load(Ordering::SeqCst), asked, "nothing was sent");
    let update = sqlx::query("update image_registry set password_sealed = $1 where name = 'one'");
    update.bind(&own).execute(&pool).await.unwrap();
    pool.close().await;
    assert!(scene.check().await.starts_with("Credentials accepted"), "the right one still is");
}
