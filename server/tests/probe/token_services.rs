//! Registries with a token service: who gets the credentials, and what a token verifies.

use super::fake_server::{
    ANONYMOUS_REFUSED, Asked, FakeServer, Names, Reply, TargetExt, asks, client, http, json, not_verified, open,
    status, target,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Access, Finding, Pull, TokenService, Unverified};

/// A registry with this realm in its challenge.
async fn sending_to(realm: String) -> FakeServer {
    FakeServer::plain(move |asked| {
        if asked.authorization.as_deref().is_some_and(|it| it.starts_with("Bearer ")) {
            open()
        } else {
            asks(format!("Bearer realm=\"{realm}\",service=\"registry\""))
        }
    })
    .await
}

fn token_for(who: &str) -> Reply {
    let claims = URL_SAFE_NO_PAD.encode(format!("{{\"sub\":\"{who}\",\"exp\":{}}}", 1_800_000_000));
    json(format!("{{\"token\":\"e30.{claims}.x\"}}"))
}

/// Issues tokens that give access for the right password, and anonymous ones that do not.
fn spec_service(asked: &Asked) -> Reply {
    match &asked.authorization {
        None => token_for(""),
        Some(_) if asked.is_logged_in() => token_for("robot"),
        Some(_) => status("401 Unauthorized"),
    }
}

#[tokio::test]
async fn a_token_service_in_the_same_domain_gets_the_credentials() {
    let service = FakeServer::plain(spec_service).await;
    let registry = sending_to(format!("http://auth.example.com:{}/token", service.address.port())).await;
    let names =
        || Names::default().with("registry.example.com", &["127.0.0.1"]).with("auth.example.com", &["127.0.0.1"]);
    let named = target(&format!("http://registry.example.com:{}", registry.address.port()));
    let report = client(names()).check(&named.clone().logged_in()).await;
    assert_eq!(report.finding, super::fake_server::ACCEPTED, "{report:?}");
    assert!(service.got_credentials());
    assert!(registry.asked().iter().all(|asked| !asked.is_logged_in()), "the registry got the password as well");
    assert_eq!(service.asked()[0].path, "/token?service=registry");
    assert_eq!(client(names()).check(&named).await.finding, super::fake_server::ANONYMOUS);
}

#[tokio::test]
async fn t4_credentials_are_not_sent_to_token_services_in_other_domains() {
    let decoy = FakeServer::plain(spec_service).await;
    let port = decoy.address.port();
    let names = || {
        let hosts = [
            "registry.example.com",
            "evil.example",
            "registry.example.com.evil.example",
            "evilexample.com",
            "example.org",
        ];
        hosts.iter().fold(Names::default(), |names, host| names.with(host, &["127.0.0.1"]))
    };
    for realm in [
        format!("http://evil.example:{port}/token"),
        format!("http://registry.example.com.evil.example:{port}/token"),
        format!("http://evilexample.com:{port}/token"),
        format!("http://example.org:{port}/token"),
        format!("http://127.0.0.1:{port}/token"),
        format!("http://[::ffff:127.0.0.1]:{port}/token"),
        format!("http://registry.example.com@evil.example:{port}/token"),
        format!("http://registry.example.com%00.evil.example:{port}/token"),
        format!("http://registry.example.com\\@evil.example:{port}/token"),
        format!("//evil.example:{port}/token"),
        "/token".to_owned(),
        String::new(),
    ] {
        let registry = sending_to(realm.clone()).await;
        let named = target(&format!("http://registry.example.com:{}", registry.address.port())).logged_in();
        let finding = client(names()).check(&named).await.finding;
        assert!(
            matches!(finding, Finding::TokenServiceNotTrusted(_) | Finding::ChallengeNotUnderstood),
            "{realm}: {finding:?}"
        );
        assert!(!registry.got_credentials(), "{realm}");
    }
    assert_eq!(decoy.connections(), 0);
}

/// The registry's own challenge among them does not make the other one trusted.
#[tokio::test]
async fn t4_of_several_challenges_none_leads_credentials_elsewhere() {
    let decoy = FakeServer::plain(spec_service).await;
    let evil = format!("Bearer realm=\"http://evil.example:{}/token\",service=\"registry\"", decoy.address.port());
    let names = || {
        let names = Names::default().with("registry.example.com", &["127.0.0.1"]);
        names.with("evil.example", &["127.0.0.1"])
    };
    for challenge in [
        format!("{evil}, Basic realm=\"registry\""),
        format!("Basic realm=\"registry\", {evil}"),
        format!("{evil}, Bearer realm=\"http://registry.example.com/token\""),
        format!("Bearer realm=\"/token\", {evil}"),
        format!("Negotiate, {evil}"),
    ] {
        let asked_for = challenge.clone();
        let registry = FakeServer::plain(move |_| asks(asked_for.clone())).await;
        let named = target(&format!("http://registry.example.com:{}", registry.address.port())).logged_in();
        let finding = client(names()).check(&named).await.finding;
        assert!(!matches!(finding, Finding::Connected(..)), "{challenge}: {finding:?}");
        assert!(!decoy.got_credentials(), "{challenge}: {finding:?}");
    }
}

#[tokio::test]
async fn t4_credentials_are_sent_to_a_token_service_that_an_editor_has_confirmed() {
    let service = FakeServer::plain(spec_service).await;
    let realm = format!("auth.other.example:{}", service.address.port());
    let registry = sending_to(format!("http://{realm}/token")).await;
    let names =
        || Names::default().with("registry.example.com", &["127.0.0.1"]).with("auth.other.example", &["127.0.0.1"]);
    let mut named = target(&format!("http://registry.example.com:{}", registry.address.port())).logged_in();
    let refused = client(names()).check(&named).await;
    assert_eq!(refused.finding, Finding::TokenServiceNotTrusted(realm.clone()));
    assert!(refused.reason().contains(&realm));
    named.settings.trust.token_service = TokenService::parse(&realm).ok();
    assert_eq!(client(names()).check(&named).await.finding, super::fake_server::ACCEPTED);
}

/// Names in container networks contain underscores; realms contain spaces and trailing dots.
#[tokio::test]
async fn realms_are_parsed_like_other_clients_do() {
    let service = FakeServer::plain(|asked| match asked.path.starts_with("/token?x=my%20realm") {
        true => token_for(if asked.is_logged_in() { "robot" } else { "" }),
        false => status("404 Not Found"),
    })
    .await;
    let port = service.address.port();
    for host in ["auth_server", "auth.other.example."] {
        let registry = sending_to(format!("http://{host}:{port}/token?x=my realm")).await;
        let names = Names::default().with("auth_server", &["127.0.0.1"]).with("auth.other.example", &["127.0.0.1"]);
        let mut target = http(&registry).logged_in();
        target.settings.trust.token_service = TokenService::parse(&format!("{host}:{port}")).ok();
        assert_eq!(client(names).check(&target).await.finding, super::fake_server::ACCEPTED, "{host}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_rejected_by_the_token_service() {
    let service =
        FakeServer::plain(
            |asked| if asked.authorization.is_some() { status("401 Unauthorized") } else { token_for("") },
        )
        .await;
    let registry = sending_to(format!("http://{}/token", service.authority())).await;
    let report = client(Names::default()).check(&http(&registry).logged_in()).await;
    assert_eq!(report.finding, Finding::CredentialsRejected);
}

#[tokio::test]
async fn a_token_service_that_gives_everyone_the_same_token_verifies_nothing() {
    let service = FakeServer::plain(|_| token_for("anyone")).await;
    let registry = sending_to(format!("http://{}/token", service.authority())).await;
    let client = client(Names::default());
    for (repository, pull) in [("", Pull::NotVerified(Unverified::NoImageNamed)), ("team/app", Pull::Verified)] {
        let report = client.check(&http(&registry).logged_in().pulling(repository)).await;
        assert_eq!(report.finding, Finding::Connected(Access::NotVerified, pull), "{repository}");
    }
}

#[tokio::test]
async fn opaque_tokens_are_verified_by_what_they_give_access_to() {
    let service = FakeServer::plain(|asked| {
        json(if asked.is_logged_in() { r#"{"access_token":"mine"}"# } else { r#"{"access_token":"anyones"}"# })
    })
    .await;
    let realm = format!("Bearer realm=\"http://{}/token\"", service.authority());
    let registry = FakeServer::plain(move |asked| match (asked.path.as_str(), asked.authorization.as_deref()) {
        ("/v2/", Some("Bearer mine" | "Bearer anyones")) => open(),
        (_, Some("Bearer mine")) => json("{}"),
        (_, Some(_)) => status("403 Forbidden"),
        _ => asks(realm.clone()),
    })
    .await;
    let client = client(Names::default());
    assert_eq!(
        client.check(&http(&registry).logged_in()).await.finding,
        not_verified(Access::NotVerified, Unverified::NoImageNamed)
    );
    assert_eq!(
        client.check(&http(&registry).logged_in().pulling("team/app")).await.finding,
        super::fake_server::PULL_VERIFIED
    );
    assert_eq!(client.check(&http(&registry).pulling("team/app")).await.finding, ANONYMOUS_REFUSED);
}

#[tokio::test]
async fn a_token_that_the_registry_rejects_is_reported() {
    let service = FakeServer::plain(spec_service).await;
    let realm = format!("Bearer realm=\"http://{}/token\"", service.authority());
    let registry = FakeServer::plain(move |_| asks(realm.clone())).await;
    let report = client(Names::default()).check(&http(&registry).logged_in()).await;
    assert_eq!(report.finding, Finding::TokenNotAccepted);
}
