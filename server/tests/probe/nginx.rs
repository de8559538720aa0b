//! A real registry behind a real nginx.

use super::fake_server::{
    ACCEPTED, ANONYMOUS_PULL, Names, PASSWORD, PULL_VERIFIED, TargetExt, USERNAME, client, last_step, target,
};
use super::parts::{Part, Registry};
use super::real::TokenService;
use super::tls::{Authority, HOST};
use domain::{CheckReport, Credentials, Finding, Secret, Step};
use server::probe::Target;
use std::fs;
use tempfile::TempDir;

/// nginx with TLS, and the CA that signed its certificate.
struct Front {
    nginx: Part,
    authority: Authority,
    _keys: TempDir,
}

impl Front {
    /// Starts nginx with this content of its `server` block.
    async fn start(server: &str) -> Self {
        let authority = Authority::new();
        let (certificate, key) = authority.certificate(|_| ());
        let keys = tempfile::tempdir().unwrap();
        let place = keys.path().display();
        fs::write(keys.path().join("chain.pem"), certificate.pem()).unwrap();
        fs::write(keys.path().join("key.pem"), key.serialize_pem()).unwrap();
        fs::write(keys.path().join("authority.pem"), authority.certificate.pem()).unwrap();
        let configuration = format!(
            "daemon off;
            master_process off;
            pid FOLDER/pid;
            error_log stderr;
            events {{}}
            http {{
                access_log off;
                client_body_temp_path FOLDER/body;
                proxy_temp_path FOLDER/proxy;
                fastcgi_temp_path FOLDER/fastcgi;
                uwsgi_temp_path FOLDER/uwsgi;
                scgi_temp_path FOLDER/scgi;
                server {{
                    listen 127.0.0.1:PORT ssl;
                    ssl_certificate {place}/chain.pem;
                    ssl_certificate_key {place}/key.pem;
                    ssl_client_certificate {place}/authority.pem;
                    {server}
                }}
            }}"
        );
        // Debian's binary opens its own error log before it reads the configuration.
        let words = ["-e", "stderr", "-c", "FOLDER/configuration"];
        Self { nginx: Part::start("/usr/sbin/nginx", &words, &configuration).await, authority, _keys: keys }
    }

    fn target(&self) -> Target {
        target(&format!("https://{HOST}:{}", self.nginx.port)).trusting(&self.authority.certificate.pem())
    }
}

/// Forwards everything, as the documentation of the registry recommends.
fn passing_to(authority: &str) -> String {
    format!(
        "location / {{
            proxy_pass http://{authority};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}"
    )
}

async fn check(target: &Target) -> CheckReport {
    client(Names::default().with(HOST, &["127.0.0.1"])).check(target).await
}

async fn registry_with_an_image() -> Registry {
    let registry = Registry::start("").await;
    registry.push("team/app", None);
    registry
}

#[tokio::test]
async fn a_registry_behind_nginx_is_checked() {
    let registry = registry_with_an_image().await;
    let front = Front::start(&passing_to(&registry.authority())).await;
    let report = check(&front.target().pulling("team").testing("app:1")).await;
    assert_eq!(report.finding, ANONYMOUS_PULL, "{report:?}");
    let report = check(&front.target().pulling("team").testing("app:2")).await;
    assert_eq!(last_step(&report), (Step::Pull, Some(Finding::ImageNotFound)));

    // With `proxy_pass` alone, nginx sends another Host header.
    let forgetful = format!("location / {{ proxy_pass http://{}; }}", registry.authority());
    let front = Front::start(&forgetful).await;
    assert_eq!(check(&front.target().pulling("team").testing("app:1")).await.finding, ANONYMOUS_PULL);

    let plainly = format!("http://{HOST}:{}", front.nginx.port);
    assert_eq!(check(&target(&plainly)).await.finding, Finding::TlsOnHttpPort);
}

/// kubernetes/ingress-nginx#7176, chromium/badssl.com#546: the handshake succeeds, and an HTML page reports the error.
#[tokio::test]
async fn nginx_that_requires_a_client_certificate_is_reported() {
    let registry = registry_with_an_image().await;
    for version in ["TLSv1.2", "TLSv1.3"] {
        let asking = |how: &str| {
            format!("ssl_protocols {version};\nssl_verify_client {how};\n{}", passing_to(&registry.authority()))
        };
        let front = Front::start(&asking("on")).await;
        let report = check(&front.target().logged_in()).await;
        assert_eq!(last_step(&report), (Step::Api, Some(Finding::ClientCertificateRequired)), "{version}");

        let front = Front::start(&asking("optional")).await;
        let report = check(&front.target().pulling("team").testing("app:1")).await;
        assert_eq!(report.finding, ANONYMOUS_PULL, "{version}: {report:?}");
    }
}

#[tokio::test]
async fn nginx_in_front_of_a_registry_that_is_down_is_a_server_error() {
    let gone = format!("127.0.0.1:{}", super::parts::free_port());
    for asking in ["off", "optional"] {
        let front = Front::start(&format!("ssl_verify_client {asking};\n{}", passing_to(&gone))).await;
        let report = check(&front.target().logged_in()).await;
        assert_eq!(last_step(&report), (Step::Api, Some(Finding::ServerError)));
    }
}

/// artifact-keeper/artifact-keeper#326, rpardini/docker-registry-proxy#164.
#[tokio::test]
async fn nginx_that_removes_the_trailing_slash_is_followed() {
    let registry = registry_with_an_image().await;
    let authority = registry.authority();
    let sends_back = format!(
        "location = /v2 {{ proxy_pass http://{authority}/v2/; }}
        location = /v2/ {{ return 308 https://$http_host/v2; }}
        {}",
        passing_to(&authority)
    );
    let front = Front::start(&sends_back).await;
    let report = check(&front.target().pulling("team").testing("app:1")).await;
    assert_eq!(report.finding, ANONYMOUS_PULL, "{report:?}");

    // The registry adds the slash and nginx removes it: a redirect loop.
    let in_a_circle = format!("rewrite ^(.+)/$ $1 break;\n{}", passing_to(&authority));
    let report = check(&Front::start(&in_a_circle).await.target()).await;
    assert_eq!(last_step(&report), (Step::Api, Some(Finding::RedirectedInside)), "{report:?}");
}

/// A registry that names its token service after the Host header, and nginx in front of both.
async fn with_tokens(tokens: &TokenService, server: &str) -> (Registry, Front) {
    let registry = tokens.registry_with(", autoredirect: true").await;
    let service = format!("location /auth/token {{ proxy_pass http://{}; }}", tokens.actor.authority());
    let server = server.replace("REGISTRY", &registry.authority());
    let front = Front::start(&format!("{service}\n{server}")).await;
    (registry, front)
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_that_forwards_another_host_leads_to_a_foreign_token_service() {
    let tokens = TokenService::of_a_user_with_groups("").await;
    let (_registry, front) = with_tokens(&tokens, &passing_to("REGISTRY")).await;
    assert_eq!(check(&front.target().logged_in()).await.finding, ACCEPTED);

    let (registry, front) = with_tokens(&tokens, "location / { proxy_pass http://REGISTRY; }").await;
    let report = check(&front.target().logged_in()).await;
    let named = Finding::TokenServiceNotTrusted(registry.authority());
    assert_eq!(last_step(&report), (Step::Authentication, Some(named)), "{report:?}");
}

/// skooner-k8s/skooner#35, bufferoverflow/verdaccio-gitlab#75: nginx accepts header lines of up to 8 KiB.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_too_large_for_nginx_is_reported() {
    let tokens = TokenService::of_a_user_with_groups(&"a group, ".repeat(1000)).await;
    for asking in ["off", "optional"] {
        let server = format!("ssl_verify_client {asking};\n{}", passing_to("REGISTRY"));
        let (_registry, front) = with_tokens(&tokens, &server).await;
        let report = check(&front.target().logged_in()).await;
        assert_eq!(last_step(&report), (Step::Authentication, Some(Finding::TokenTooLarge)), "{asking}: {report:?}");

        let roomy = format!("large_client_header_buffers 4 32k;\n{server}");
        let (_registry, front) = with_tokens(&tokens, &roomy).await;
        assert_eq!(check(&front.target().logged_in()).await.finding, ACCEPTED, "{asking}");
    }
}

#[tokio::test]
async fn basic_authentication_by_nginx_in_front_of_an_open_registry_works() {
    let registry = registry_with_an_image().await;
    let asking = format!(
        "auth_basic registry;
        auth_basic_user_file FOLDER/htpasswd;
        add_header Docker-Distribution-Api-Version registry/2.0 always;
        {}",
        passing_to(&registry.authority())
    );
    let front = Front::start(&asking).await;
    let image = front.target().pulling("team").testing("app:1");
    assert_eq!(check(&image).await.finding, Finding::CredentialsRequired);
    assert_eq!(check(&image.clone().logged_in()).await.finding, PULL_VERIFIED);
    assert_eq!(check(&front.target().logged_in()).await.finding, ACCEPTED);
    let mut wrong = image;
    wrong.credentials = Some(Credentials { username: USERNAME.to_owned(), password: Secret::new("wrong") });
    let report = check(&wrong).await;
    assert_eq!(last_step(&report), (Step::Authentication, Some(Finding::CredentialsRejected)));
    assert!(!format!("{report:?}").contains(PASSWORD));
}
