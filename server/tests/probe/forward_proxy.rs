//! Real registries behind a real forward proxy: Apache with Basic authentication.

use super::fake_server::{
    ANONYMOUS, ANONYMOUS_PULL, Names, PASSWORD, PULL_VERIFIED, TargetExt, USERNAME, client, target,
};
use super::parts::{Part, Registry, free_port};
use super::tls::Authority;
use domain::{CheckReport, Finding, Step};
use rcgen::CertificateParams;
use server::probe::{Proxies, Target};
use std::fs;
use std::sync::Arc;

/// A proxy password that must not show up anywhere.
const WRONG: &str = "canary-of-the-proxy";

const MODULES: [&str; 9] = [
    "mpm_event",
    "authz_core",
    "authz_user",
    "authn_core",
    "authn_file",
    "auth_basic",
    "proxy",
    "proxy_http",
    "proxy_connect",
];

/// An Apache proxy that connects only to these ports.
async fn apache(ports: &[u16]) -> Part {
    let modules = MODULES.map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"));
    let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
    let configuration = format!(
        "ServerRoot FOLDER
        ServerName 127.0.0.1
        DefaultRuntimeDir FOLDER
        PidFile FOLDER/pid
        ErrorLog FOLDER/errors
        User www-data
        Group www-data
        {}
        Listen 127.0.0.1:PORT
        ProxyRequests On
        AllowCONNECT {}
        <Proxy \"*\">
            AuthType Basic
            AuthName proxy
            AuthBasicProvider file
            AuthUserFile FOLDER/htpasswd
            Require valid-user
        </Proxy>",
        modules.join("\n"),
        ports.join(" ")
    );
    // `-X`: a single process, which ends with this test.
    Part::start("/usr/sbin/apache2", &["-X", "-f", "FOLDER/configuration"], &configuration).await
}

/// Checks through the proxy without a resolver of its own, and asserts that the report does not contain the proxy's
/// password.
async fn check(proxy: u16, password: &str, target: &Target) -> CheckReport {
    // Percent-encoded, as in a URL (RFC 3986 2.1).
    let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let address = format!("http://{}:{}@127.0.0.1:{proxy}", escaped(USERNAME), escaped(password));
    let proxies = Proxies::all(&address, "").unwrap();
    let report = client(Names::default()).through(Arc::new(proxies)).check(target).await;
    let shown = format!("{report:?}");
    assert!(!shown.contains(USERNAME) && !shown.contains(password), "{shown}");
    report
}

/// A registry with TLS, and the CA that signed its certificate.
async fn encrypted(settings: &str) -> (Registry, Authority) {
    let authority = Authority::new();
    let (certificate, key) = authority.certificate(|params| {
        params.subject_alt_names = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().subject_alt_names;
    });
    let keys = tempfile::tempdir().unwrap();
    fs::write(keys.path().join("chain.pem"), certificate.pem()).unwrap();
    fs::write(keys.path().join("key.pem"), key.serialize_pem()).unwrap();
    let place = keys.path().display();
    let tls = format!("  tls: {{certificate: {place}/chain.pem, key: {place}/key.pem}}\n{settings}");
    (Registry::start(&tls).await, authority)
}

const WITH_PASSWORD: &str = "auth: {htpasswd: {realm: test, path: FOLDER/htpasswd}}";

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_over_https_is_checked_through_apache() {
    let (registry, authority) = encrypted(WITH_PASSWORD).await;
    registry.push("team/app", Some(&format!("{USERNAME}:{PASSWORD}")));
    let apache = apache(&[registry.port()]).await;
    let robot = target(&format!("https://localhost:{}", registry.port())).trusting(&authority.certificate.pem());
    let robot = robot.logged_in().pulling("team").testing("app:1");
    let report = check(apache.port, PASSWORD, &robot).await;
    assert_eq!(report.finding, PULL_VERIFIED, "{report:?}");
    let steps: Vec<_> = report.steps.iter().map(|step| step.step).collect();
    assert_eq!(steps, [Step::Proxy, Step::Tls, Step::Api, Step::Authentication, Step::Pull]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_over_http_is_checked_through_apache() {
    let registry = Registry::start(WITH_PASSWORD).await;
    registry.push("team/app", Some(&format!("{USERNAME}:{PASSWORD}")));
    // Plain http must not need a tunnel to the registry's port.
    let apache = apache(&[443]).await;
    let anonymous = target(&format!("http://localhost:{}", registry.port()));
    let robot = anonymous.clone().logged_in().pulling("team").testing("app:1");
    let report = check(apache.port, PASSWORD, &robot).await;
    assert_eq!(report.finding, PULL_VERIFIED, "{report:?}");
    let report = check(apache.port, PASSWORD, &anonymous).await;
    assert_eq!(report.finding, Finding::CredentialsRequired, "the proxy's credentials are not the registry's");

    let open = Registry::start("").await;
    let anonymous = target(&format!("http://localhost:{}", open.port()));
    assert_eq!(check(apache.port, PASSWORD, &anonymous).await.finding, ANONYMOUS);
    open.push("team/app", None);
    assert_eq!(check(apache.port, PASSWORD, &anonymous.pulling("team/app")).await.finding, ANONYMOUS_PULL);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_an_apache_proxy_are_told_from_errors_of_the_registry() {
    let (registry, authority) = encrypted("").await;
    let https =
        |port: u16| target(&format!("https://localhost:{port}")).trusting(&authority.certificate.pem()).logged_in();
    let http = |port: u16| target(&format!("http://localhost:{port}")).logged_in();
    let gone = free_port();
    let refusing = apache(&[443]).await;
    let allowing = apache(&[registry.port(), gone]).await;
    let nowhere = target("https://nowhere.invalid").logged_in();
    for (proxy, password, target, finding) in [
        (allowing.port, WRONG, https(registry.port()), Finding::ProxyCredentialsRejected),
        (allowing.port, WRONG, http(registry.port()), Finding::ProxyCredentialsRejected),
        (refusing.port, PASSWORD, https(registry.port()), Finding::ProxyRefused),
        (allowing.port, PASSWORD, https(gone), Finding::ProxyFailed),
        (allowing.port, PASSWORD, http(gone), Finding::ProxyFailed),
        (refusing.port, PASSWORD, nowhere, Finding::ProxyFailed),
        (gone, PASSWORD, https(registry.port()), Finding::ProxyUnreachable),
        (gone, PASSWORD, http(registry.port()), Finding::ProxyUnreachable),
    ] {
        let report = check(proxy, password, &target).await;
        assert_eq!(report.finding, finding, "{}: {report:?}", target.settings.url);
    }
}
