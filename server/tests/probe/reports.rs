//! Bug reports about working registries that other tools called broken. Each test cites its reports.

use super::fake_server::{
    ACCEPTED, ACCEPTED_NO_IMAGE, ANONYMOUS, ANONYMOUS_PULL, Asked, FakeServer, Names, PULL_VERIFIED, Reply, TargetExt,
    asks, client, http, json, not_verified, open, status, target,
};
use domain::{Access, Credentials, Finding, Secret, TokenService, Unverified};
use server::probe::Target;
use std::time::Duration;

fn is_token(asked: &Asked) -> bool {
    asked.authorization.as_deref() == Some("Bearer T")
}

fn error(line: &'static str, code: &str) -> Reply {
    Reply::Http(line, Vec::new(), format!("{{\"errors\":[{{\"code\":\"{code}\"}}]}}"))
}

fn with_wrong_password(target: &Target) -> Target {
    let mut target = target.clone();
    target.credentials = target.credentials.map(|right| Credentials { password: Secret::new("a wrong one"), ..right });
    target
}

/// A registry with a token service of its own and these responses for images.
async fn token_registry(
    tokens: fn(&Asked) -> Reply,
    images: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
) -> (FakeServer, FakeServer) {
    let service = FakeServer::plain(tokens).await;
    let realm = format!("Bearer realm=\"http://{}/token\",service=\"registry\"", service.authority());
    let registry = FakeServer::plain(move |asked| match asked.path.as_str() {
        _ if !asked.authorization.as_deref().is_some_and(|it| it.starts_with("Bearer ")) => asks(realm.clone()),
        "/v2/" => open(),
        _ => images(asked),
    })
    .await;
    (registry, service)
}

fn to_the_robot(asked: &Asked) -> Reply {
    if asked.is_logged_in() { json("{\"token\":\"T\"}") } else { status("401 Unauthorized") }
}

/// goharbor/harbor#9905, #11852; akuity/kargo#1106; docker/build-push-action#171.
#[tokio::test]
async fn a_project_whose_tags_cannot_be_listed_is_not_a_failure() {
    let breaks_off_at_a_project: fn(&Asked) -> Reply = |asked| match asked.path.contains("scope=") {
        true => status("500 Oops"),
        false => to_the_robot(asked),
    };
    for (tokens, repository, line, code) in [
        (breaks_off_at_a_project, "ships", "400 Bad Request", "BAD_REQUEST"),
        (to_the_robot as fn(&Asked) -> Reply, "ships", "400 Bad Request", "BAD_REQUEST"),
        (to_the_robot, "project/repo", "400 Bad Request", "NAME_INVALID"),
    ] {
        let (registry, _service) = token_registry(tokens, move |_| error(line, code)).await;
        let report = client(Default::default()).check(&http(&registry).logged_in().pulling(repository)).await;
        assert_eq!(report.finding, not_verified(Access::Accepted, Unverified::Unusable), "{report:?}");
    }
}

/// argoproj-labs/argocd-image-updater#1800: zot with an anonymous root.
#[tokio::test]
async fn the_challenge_of_a_repository_is_answered_if_the_api_root_is_open() {
    let registry = || {
        FakeServer::plain(|asked| match asked.path.as_str() {
            "/v2/" => open(),
            "/v2/team/app/tags/list?n=1" if asked.is_logged_in() => json("{\"name\":\"team/app\",\"tags\":[\"1\"]}"),
            _ => asks("Basic realm=\"zot\""),
        })
    };
    let check = |target: Target| async move { client(Default::default()).check(&target).await.finding };
    let open_door = registry().await;
    let robot = http(&open_door).logged_in().pulling("team/app");
    assert_eq!(check(robot.clone()).await, PULL_VERIFIED);
    assert_eq!(check(with_wrong_password(&robot)).await, Finding::CredentialsRejected);
    assert_eq!(check(http(&open_door).pulling("team/app")).await, Finding::CredentialsRequired);
    let without_repository = check(http(&open_door).logged_in()).await;
    assert_eq!(without_repository, not_verified(Access::NotAsked, Unverified::NoImageNamed));
    assert!(!without_repository.next_step().unwrap().contains("remove"), "the credentials may be needed");
}

/// goharbor/harbor#3603, #21854: a registry with an IP address and a token service with a name, and the reverse.
#[tokio::test]
async fn a_token_service_can_be_confirmed_if_it_or_the_registry_is_an_ip_address() {
    let service = FakeServer::plain(to_the_robot).await;
    let port = service.address.port();
    for (registry_host, realm) in
        [("127.0.0.1", format!("harbor.lab.example:{port}")), ("registry.lab.example", format!("127.0.0.1:{port}"))]
    {
        let challenge = format!("Bearer realm=\"http://{realm}/token\"");
        let registry =
            FakeServer::plain(move |asked| if is_token(asked) { open() } else { asks(challenge.clone()) }).await;
        let names = || {
            let names = Names::default().with("harbor.lab.example", &["127.0.0.1"]);
            names.with("registry.lab.example", &["127.0.0.1"])
        };
        let mut robot = target(&format!("http://{registry_host}:{}", registry.address.port())).logged_in();
        let refused = client(names()).check(&robot).await;
        assert_eq!(refused.finding, Finding::TokenServiceNotTrusted(realm.clone()));
        robot.settings.trust.token_service = Some(TokenService::parse(&realm).unwrap());
        assert_eq!(client(names()).check(&robot).await.finding, ACCEPTED);
    }
}

/// Azure/acr#600, argoproj-labs/argocd-image-updater#1502, podman-container-tools/skopeo#738, ivanilves/lstags#222.
#[tokio::test]
async fn an_account_that_may_pull_but_not_list_tags_is_verified() {
    let images = |asked: &Asked| match asked.path.as_str() {
        path if path.contains("/tags/") => asks("Bearer realm=\"http://127.0.0.1/token\",error=\"insufficient_scope\""),
        _ => error("404 Not Found", "MANIFEST_UNKNOWN"),
    };
    let (registry, _service) = token_registry(to_the_robot, images).await;
    let report = client(Default::default()).check(&http(&registry).logged_in().pulling("team/app")).await;
    assert_eq!(report.finding, PULL_VERIFIED, "{report:?}");

    let refusing = |_: &Asked| error("403 Forbidden", "DENIED");
    let (registry, _service) = token_registry(to_the_robot, refusing).await;
    let report = client(Default::default()).check(&http(&registry).logged_in().pulling("group/subgroup")).await;
    assert_eq!(report.finding, not_verified(Access::Accepted, Unverified::Refused));
}

/// goharbor/harbor#23496 (registry.istio.io), cesanta/docker_auth#146.
#[tokio::test]
async fn a_token_service_that_requires_a_scope_is_sent_one() {
    let scoped: fn(&Asked) -> Reply = |asked| match asked.path.contains("scope=") {
        true => json("{\"token\":\"T\"}"),
        false => error("400 Bad Request", "scope is required"),
    };
    let (registry, service) = token_registry(scoped, |_| json("{}")).await;
    let anyone = http(&registry).pulling("release/proxy");
    assert_eq!(client(Default::default()).check(&anyone).await.finding, ANONYMOUS_PULL);
    assert!(service.asked().iter().any(|asked| asked.path.contains("scope=repository%3Arelease%2Fproxy%3Apull")));
    assert_eq!(client(Default::default()).check(&http(&registry)).await.finding, ANONYMOUS);
    assert!(service.asked().iter().any(|asked| asked.path.contains("scope=registry%3Acatalog%3A")));

    let (registry, _service) = token_registry(|_| status("400 Bad Request"), |_| json("{}")).await;
    let finding = client(Default::default()).check(&http(&registry)).await.finding;
    assert_eq!(finding, not_verified(Access::Anonymous, Unverified::ScopeNeeded));
}

/// kubernetes/registry.k8s.io#326, google/go-containerregistry#2333, opencontainers/distribution-spec#607.
#[tokio::test]
async fn t3_a_tag_list_redirected_to_another_host_is_neither_followed_nor_a_failure() {
    let decoy = FakeServer::plain(|_| json("{\"tags\":[\"1\"]}")).await;
    let elsewhere = decoy.authority();
    let registry = FakeServer::plain(move |asked| match asked.path.as_str() {
        "/v2/" => open(),
        path => Reply::Http(
            "307 Temporary Redirect",
            vec![("Location", format!("http://{elsewhere}{path}"))],
            String::new(),
        ),
    })
    .await;
    let report = client(Default::default()).check(&http(&registry).pulling("pause")).await;
    assert_eq!(report.finding, not_verified(Access::Anonymous, Unverified::Redirected));
    assert_eq!(decoy.connections(), 0);
}

/// artifact-keeper/artifact-keeper#326, rpardini/docker-registry-proxy#164.
#[tokio::test]
async fn t3_a_redirect_that_removes_the_trailing_slash_is_followed_within_the_origin() {
    let registry = FakeServer::plain(|asked| match asked.path.as_str() {
        "/v2/" => Reply::Http("308 Permanent Redirect", vec![("Location", "/v2".into())], String::new()),
        "/v2" if asked.is_logged_in() => open(),
        _ => asks("Basic"),
    })
    .await;
    assert_eq!(client(Default::default()).check(&http(&registry).logged_in()).await.finding, ACCEPTED);

    let to_https = FakeServer::plain(|_| {
        Reply::Http("301 Moved", vec![("Location", "https://127.0.0.1/v2/".into())], String::new())
    })
    .await;
    let report = client(Default::default()).check(&http(&to_https).logged_in()).await;
    assert_eq!(report.finding, Finding::RedirectedToHttps);
}

/// openshift/origin#15995, moby/moby#15173: the version header is a SHOULD, and static files do not have it.
#[tokio::test]
async fn a_registry_without_a_version_header_is_recognised_by_its_responses() {
    for kind in ["text/plain", "application/octet-stream"] {
        let registry = FakeServer::plain(move |asked| {
            let body = if asked.path == "/v2/" { "" } else { "{\"name\":\"a/b\",\"tags\":[\"1\"]}" };
            Reply::Http("200 OK", vec![("Content-Type", kind.into())], body.into())
        })
        .await;
        let report = client(Default::default()).check(&http(&registry).pulling("a/b")).await;
        assert_eq!(report.finding, ANONYMOUS_PULL, "{report:?}");
    }
    let quiet = FakeServer::plain(|asked| if asked.is_logged_in() { status("200 OK") } else { asks("Basic") }).await;
    assert_eq!(client(Default::default()).check(&http(&quiet).logged_in()).await.finding, ACCEPTED);
    let page = |_: &Asked| Reply::Http("200 OK", vec![("Content-Type", "text/html".into())], "<h1>Hello</h1>".into());
    let website = FakeServer::plain(page).await;
    let report = client(Default::default()).check(&http(&website).pulling("a/b")).await;
    assert_eq!(report.finding, Finding::NotARegistry);
}

/// estesp/manifest-tool#90, goharbor/harbor#6876: thousands of tags.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tag_list_that_takes_too_long_is_abandoned() {
    let silent = |asked: &Asked| match asked.path.as_str() {
        "/v2/" => open(),
        path if path.contains("/tags/") => Reply::Silence(""),
        _ => status("404 Not Found"),
    };
    let registry = FakeServer::plain(silent).await;
    let report = client(Default::default()).check(&http(&registry).pulling("team/app")).await;
    assert_eq!(report.finding, not_verified(Access::Anonymous, Unverified::TooSlow), "{report:?}");

    let registry = FakeServer::plain(move |asked| match asked.path.as_str() {
        "/v2/team/app/manifests/latest" => status("200 OK"),
        _ => silent(asked),
    })
    .await;
    let report = client(Default::default()).check(&http(&registry).pulling("team/app")).await;
    assert_eq!(report.finding, ANONYMOUS_PULL, "the manifest is answered at once: {report:?}");
}

/// skooner-k8s/skooner#35, bufferoverflow/verdaccio-gitlab#75.
#[tokio::test]
async fn a_token_too_large_for_the_proxy_of_the_registry_is_reported() {
    for line in ["400 Bad Request", "431 Request Header Fields Too Large"] {
        let service = FakeServer::plain(|_| json(format!("{{\"token\":\"{}\"}}", "a".repeat(12 * 1024)))).await;
        let realm = format!("Bearer realm=\"http://{}/token\"", service.authority());
        let registry =
            FakeServer::plain(
                move |asked| if asked.authorization.is_some() { status(line) } else { asks(realm.clone()) },
            )
            .await;
        let report = client(Default::default()).check(&http(&registry).logged_in()).await;
        assert_eq!(report.finding, Finding::TokenTooLarge, "{line}");
    }
}

/// apple/container#2268, getwud/wud#143: only the confirmed token service in another domain gets credentials.
#[tokio::test]
async fn t4_confirming_a_token_service_covers_only_that_service() {
    let service = FakeServer::plain(to_the_robot).await;
    let port = service.address.port();
    let names = || {
        let names = Names::default().with("rg.fr-par.scw.example", &["127.0.0.1"]);
        names.with("api.scaleway.example", &["127.0.0.1"]).with("evil.example", &["127.0.0.1"])
    };
    for (host, found) in [
        ("api.scaleway.example", ACCEPTED),
        ("evil.example", Finding::TokenServiceNotTrusted(format!("evil.example:{port}"))),
    ] {
        let realm = format!("Bearer realm=\"http://{host}:{port}/token\"");
        let registry = FakeServer::plain(move |asked| if is_token(asked) { open() } else { asks(realm.clone()) }).await;
        let mut robot = target(&format!("http://rg.fr-par.scw.example:{}", registry.address.port())).logged_in();
        robot.settings.trust.token_service = TokenService::parse(&format!("api.scaleway.example:{port}")).ok();
        assert_eq!(client(names()).check(&robot).await.finding, found);
    }
}

/// `{"token":"","access_token":"x"}`: either field may contain the token.
#[tokio::test]
async fn an_empty_token_beside_an_access_token_is_ignored() {
    let service: fn(&Asked) -> Reply = |asked| match asked.is_logged_in() {
        true => json("{\"token\":\"\",\"access_token\":\"T\"}"),
        false => status("401 Unauthorized"),
    };
    let (registry, _service) = token_registry(service, |_| json("{}")).await;
    assert_eq!(client(Default::default()).check(&http(&registry).logged_in()).await.finding, ACCEPTED);
}

/// The rest of a chunked list is never read, so the next request needs another connection.
#[tokio::test]
async fn a_chunked_tag_list_does_not_block_the_next_request() {
    let service = FakeServer::plain(|asked| {
        json(if asked.is_logged_in() { r#"{"token":"mine"}"# } else { r#"{"token":"anyones"}"# })
    })
    .await;
    let realm = format!("Bearer realm=\"http://{}/token\"", service.authority());
    let chunks = || {
        let half = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        format!("{head}{}{}0\r\n\r\n", half(&format!("{{\"tags\":[{}", "\"1\",".repeat(20_000))), half("\"2\"]}"))
            .into()
    };
    let registry = FakeServer::plain(move |asked| match (asked.path.as_str(), &asked.authorization) {
        (_, None) => asks(realm.clone()),
        ("/v2/", _) => open(),
        _ => Reply::Bytes(chunks()),
    })
    .await;
    let started = std::time::Instant::now();
    let report = client(Default::default()).check(&http(&registry).logged_in().pulling("team/app")).await;
    assert!(matches!(report.finding, Finding::Connected(Access::NotVerified, _)), "{report:?}");
    assert!(started.elapsed() < Duration::from_secs(5), "it waited for the end of the list");
}

#[tokio::test]
async fn a_test_image_verifies_or_fails_pull_access() {
    for (line, found) in [
        ("200 OK", PULL_VERIFIED),
        ("401 Unauthorized", Finding::PullDenied),
        ("403 Forbidden", Finding::PullDenied),
        ("404 Not Found", Finding::ImageNotFound),
        ("503 Service Unavailable", Finding::ServerError),
        ("429 Too Many Requests", not_verified(Access::Accepted, Unverified::RateLimited(None))),
    ] {
        let (registry, service) = token_registry(to_the_robot, move |asked| match asked.path.as_str() {
            "/v2/team/app/manifests/1.2" => status(line),
            _ => status("500 Unknown question"),
        })
        .await;
        let robot = http(&registry).logged_in().pulling("team").testing("app:1.2");
        let report = client(Default::default()).check(&robot).await;
        assert_eq!(report.finding, found, "{line}: {report:?}");
        assert!(service.asked().iter().any(|asked| asked.path.contains("scope=repository%3Ateam%2Fapp%3Apull")));
    }
}

/// Registries count a GET of a manifest as a pull, which matters for the rate limits of Docker Hub.
#[tokio::test]
async fn a_readable_test_image_is_checked_with_head_only() {
    let registry = FakeServer::plain(|_| open()).await;
    let report = client(Default::default()).check(&http(&registry).testing("team/app")).await;
    assert_eq!(report.finding, ANONYMOUS_PULL);
    let manifest = registry.asked().into_iter().find(|asked| asked.path.contains("/manifests/")).unwrap();
    assert_eq!(manifest.method, "HEAD");
}

#[tokio::test]
async fn a_project_without_an_image_of_its_own_name_is_not_a_failure() {
    let (registry, _service) = token_registry(to_the_robot, |_| error("404 Not Found", "NAME_UNKNOWN")).await;
    let report = client(Default::default()).check(&http(&registry).logged_in().pulling("team")).await;
    assert_eq!(report.finding, ACCEPTED_NO_IMAGE);
}

/// louislam/uptime-kuma#5006, jellyfin/jellyfin#1002, docker/hub-feedback#2349.
#[tokio::test]
async fn an_unreachable_address_does_not_prevent_trying_the_next_one() {
    let registry = FakeServer::plain(|_| open()).await;
    // Nothing answers in the documentation networks (RFC 3849, RFC 5737).
    for dead in ["2001:db8::1", "192.0.2.1"] {
        let names = Names::default().with("two.example", &[dead, "127.0.0.1"]);
        let report = client(names).check(&target(&format!("http://two.example:{}", registry.address.port()))).await;
        assert_eq!(report.finding, ANONYMOUS, "{dead}: {report:?}");
        let dialed = report.steps.iter().find(|step| step.step == domain::Step::Tcp).unwrap();
        assert!(dialed.milliseconds < 4000, "{dead}: {dialed:?}");
    }
}

/// Public images can be pulled without credentials.
#[tokio::test]
async fn a_public_image_is_verified_anonymously_although_the_api_root_needs_credentials() {
    let registry = FakeServer::plain(|asked| match asked.path.as_str() {
        "/v2/team/app/tags/list?n=1" => json("{\"name\":\"team/app\",\"tags\":[\"1\"]}"),
        _ => asks("Basic realm=\"x\""),
    })
    .await;
    let report = client(Default::default()).check(&http(&registry).pulling("team/app")).await;
    assert_eq!(report.finding, ANONYMOUS_PULL, "{report:?}");
}

/// registry.k8s.io redirects every manifest to another host, and clients follow.
#[tokio::test]
async fn a_redirected_test_image_is_not_a_failure() {
    let elsewhere = FakeServer::plain(|_| open()).await;
    let location = format!("http://{}/v2/pause/manifests/1", elsewhere.authority());
    let registry = FakeServer::plain(move |asked| match asked.path.as_str() {
        "/v2/" => open(),
        _ => Reply::Http("307 Temporary Redirect", vec![("Location", location.clone())], String::new()),
    })
    .await;
    let report = client(Default::default()).check(&http(&registry).testing("pause:1")).await;
    assert_eq!(report.finding, not_verified(Access::Anonymous, Unverified::Redirected));
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn a_test_image_that_the_registry_rejects_is_reported_as_not_found() {
    for line in ["400 Bad Request", "406 Not Acceptable", "410 Gone"] {
        let registry = FakeServer::plain(move |asked| match asked.path.as_str() {
            "/v2/" => open(),
            _ => status(line),
        })
        .await;
        let report = client(Default::default()).check(&http(&registry).testing("team/app:1")).await;
        assert_eq!(report.finding, Finding::ImageNotFound, "{line}");
    }
}

#[tokio::test]
async fn t3_a_redirect_of_a_token_service_is_followed_within_its_origin_only() {
    for (moves_to, finding) in [("/token/", PULL_VERIFIED), ("http://127.0.0.1:9/token/", Finding::Redirected)] {
        let tokens = move |asked: &Asked| match asked.path.starts_with("/token/") {
            true => to_the_robot(asked),
            false => Reply::Http("301 Moved", vec![("Location", moves_to.to_owned())], String::new()),
        };
        let service = FakeServer::plain(tokens).await;
        let realm = format!("Bearer realm=\"http://{}/token\",service=\"registry\"", service.authority());
        let registry = FakeServer::plain(move |asked| match asked.path.as_str() {
            _ if !is_token(asked) => asks(realm.clone()),
            _ => open(),
        })
        .await;
        let report = client(Default::default()).check(&http(&registry).logged_in().pulling("team/app")).await;
        assert_eq!(report.finding, finding, "{moves_to}");
    }
}

#[tokio::test]
async fn a_registry_that_denies_everything_is_a_failure() {
    let registry = FakeServer::plain(|_| error("403 Forbidden", "DENIED")).await;
    let report = client(Default::default()).check(&http(&registry)).await;
    assert_eq!(report.finding, Finding::AccessDenied);
}

/// Go decodes `expires_in` as an integer and `issued_at` as a time (RFC 3339), and fails otherwise.
#[tokio::test]
async fn a_token_response_that_nodes_cannot_decode_is_rejected() {
    fn answer(asked: &Asked, rest: &str) -> Reply {
        if asked.is_logged_in() { json(format!("{{\"token\":\"T\"{rest}}}")) } else { status("401 Unauthorized") }
    }
    for (rest, finding) in [
        (",\"expires_in\":300,\"issued_at\":\"2026-11-25T10:00:00Z\"", PULL_VERIFIED),
        (",\"expires_in\":\"300\"", Finding::NoToken),
        (",\"issued_at\":\"2026-11-25 10:00:00\"", Finding::NoToken),
    ] {
        let service = FakeServer::plain(move |asked| answer(asked, rest)).await;
        let realm = format!("Bearer realm=\"http://{}/token\",service=\"registry\"", service.authority());
        let registry = FakeServer::plain(move |asked| if is_token(asked) { open() } else { asks(realm.clone()) }).await;
        let report = client(Default::default()).check(&http(&registry).logged_in().pulling("team/app")).await;
        assert_eq!(report.finding, finding, "{rest}");
    }
}

#[tokio::test]
async fn a_server_with_a_web_page_at_every_path_verifies_no_pull() {
    let page = || Reply::Http("200 OK", vec![("Content-Type", "text/html; charset=utf-8".into())], "<p>".into());
    let registry = FakeServer::plain(move |asked| if asked.path == "/v2/" { open() } else { page() }).await;
    for target in [http(&registry).pulling("team/app"), http(&registry).testing("team/app:1")] {
        let report = client(Default::default()).check(&target).await;
        assert_eq!(report.finding, not_verified(Access::Anonymous, Unverified::Unusable));
    }
}

/// containerd requests manifests and never `/v2/`, so it can pull from static files.
#[tokio::test]
async fn images_served_from_static_files_are_verified_by_a_test_image() {
    const MANIFEST: &str = "{\"schemaVersion\":2,\"config\":{},\"layers\":[]}";
    let registry = FakeServer::plain(|asked| match asked.path.as_str() {
        "/v2/team/app/manifests/1" => json(MANIFEST),
        _ => status("404 Not Found"),
    })
    .await;
    let client = client(Default::default());
    assert_eq!(client.check(&http(&registry).testing("team/app:1")).await.finding, ANONYMOUS_PULL);
    for target in [http(&registry), http(&registry).testing("team/app:2")] {
        assert_eq!(client.check(&target).await.finding, Finding::NotARegistry);
    }
}

#[tokio::test]
async fn a_response_with_two_content_types_is_accepted() {
    let twice = vec![("Content-Type", "text/plain".to_owned()), ("Content-Type", "application/json".to_owned())];
    let registry = FakeServer::plain(move |_| Reply::Http("200 OK", twice.clone(), "{}".to_owned())).await;
    assert_eq!(client(Default::default()).check(&http(&registry)).await.finding, ANONYMOUS);
}

/// The error of Tomcat, which Nexus and Artifactory run on.
#[tokio::test]
async fn a_tls_port_is_recognised_by_its_plain_http_error() {
    let words = "Bad Request\nThis combination of host and port requires TLS.\n";
    let registry = FakeServer::plain(move |_| Reply::Http("400 Bad Request", Vec::new(), words.to_owned())).await;
    assert_eq!(client(Default::default()).check(&http(&registry)).await.finding, Finding::TlsOnHttpPort);
}

#[tokio::test]
async fn an_anonymous_token_that_an_outage_or_a_limit_prevents_verifies_no_credentials() {
    for line in ["429 Too Many Requests", "503 Service Unavailable"] {
        let service = FakeServer::plain(move |asked| match asked.authorization {
            Some(_) => json("{\"token\":\"T\"}"),
            None => status(line),
        })
        .await;
        let realm = format!("Bearer realm=\"http://{}/token\",service=\"registry\"", service.authority());
        let registry = FakeServer::plain(move |asked| if is_token(asked) { open() } else { asks(realm.clone()) }).await;
        let report = client(Default::default()).check(&http(&registry).logged_in()).await;
        assert_eq!(report.finding, not_verified(Access::NotVerified, Unverified::NoImageNamed), "{line}");
    }
}
