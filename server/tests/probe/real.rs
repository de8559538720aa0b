//! Real registries: Debian's `docker-registry`, with an image pushed by `skopeo`.

use super::fake_server::{
    FakeServer, Names, PASSWORD, TargetExt, USERNAME, asks, client, json, last_step, not_verified, target,
};
use super::parts::Registry;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::{Access, CheckReport, Credentials, Finding, Secret, Step, Unverified};
use rcgen::SigningKey;
use server::probe::Target;
use server::{Clock, SystemClock};
use std::fs;

async fn check(target: &Target) -> CheckReport {
    client(Names::default()).check(target).await
}

#[tokio::test]
async fn a_real_registry_without_authentication_is_checked() {
    let registry = Registry::start("").await;
    assert_eq!(check(&registry.http()).await.finding, super::fake_server::ANONYMOUS);
    assert_eq!(check(&registry.http().pulling("team/app")).await.finding, super::fake_server::ANONYMOUS_NO_IMAGE);
    registry.push("team/app", None);
    assert_eq!(check(&registry.http().pulling("team/app")).await.finding, super::fake_server::ANONYMOUS_PULL);
}

#[tokio::test]
async fn a_real_registry_with_a_password_file_is_checked() {
    let registry = Registry::start("auth: {htpasswd: {realm: test, path: FOLDER/htpasswd}}").await;
    let report = check(&registry.http()).await;
    assert_eq!(last_step(&report), (Step::Authentication, Some(Finding::CredentialsRequired)));
    assert_eq!(check(&registry.http().logged_in()).await.finding, super::fake_server::ACCEPTED);
    let mut wrong = registry.http();
    wrong.credentials = Some(Credentials { username: USERNAME.to_owned(), password: Secret::new("wrong") });
    assert_eq!(check(&wrong).await.finding, Finding::CredentialsRejected);

    // skopeo splits at the first colon, as usual, so the password may contain more.
    registry.push("team/app", Some(&format!("{USERNAME}:{PASSWORD}")));
    assert_eq!(
        check(&registry.http().logged_in().pulling("team/app")).await.finding,
        super::fake_server::PULL_VERIFIED
    );
}

#[tokio::test]
async fn a_real_registry_with_tls_and_its_own_ca_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let certificate = authority.self_signed(&key).unwrap();
    let issuer = rcgen::Issuer::new(authority, key);
    let leaf_key = rcgen::KeyPair::generate().unwrap();
    let leaf =
        rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&leaf_key, &issuer).unwrap();
    let (chain, secret) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    fs::write(&chain, leaf.pem()).unwrap();
    fs::write(&secret, leaf_key.serialize_pem()).unwrap();
    let settings = format!("  tls: {{certificate: {}, key: {}}}", chain.display(), secret.display());
    let registry = Registry::start(&settings).await;

    let mut https = target(&format!("https://{}", registry.authority()));
    assert_eq!(last_step(&check(&https).await), (Step::Tls, Some(Finding::UnknownAuthority)));
    https = https.trusting(&certificate.pem());
    assert_eq!(check(&https).await.finding, super::fake_server::ANONYMOUS);
    assert_eq!(check(&registry.http()).await.finding, Finding::TlsOnHttpPort);

    // Clients without a certificate are rejected during or right after the handshake.
    let authority = folder.path().join("authority.pem");
    fs::write(&authority, certificate.pem()).unwrap();
    let settings = settings.replace("tls: {", &format!("tls: {{clientcas: [{}], ", authority.display()));
    let registry = Registry::start(&settings).await;
    let https = target(&format!("https://{}", registry.authority())).trusting(&certificate.pem());
    assert_eq!(check(&https.logged_in()).await.finding, Finding::ClientCertificateRequired);
}

/// A token service whose signatures a real registry accepts.
pub struct TokenService {
    pub actor: FakeServer,
    certificate: String,
}

impl TokenService {
    async fn start() -> Self {
        Self::of_a_user_with_groups("").await
    }

    /// A token service whose tokens contain this text in a claim that registries ignore.
    pub async fn of_a_user_with_groups(groups: &str) -> Self {
        let groups = groups.to_owned();
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
        let (pem, der) = (certificate.pem(), certificate.der().to_vec());
        let actor = FakeServer::plain(move |asked| {
            if !asked.is_logged_in() {
                return asks("Basic realm=\"tokens\"");
            }
            let query = asked.path.split_once('?').map(|(_, query)| query).unwrap_or_default();
            let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
            let scopes = pairs.iter().filter(|(name, _)| name == "scope").map(|(_, scope)| scope.as_str());
            // This user has access below `team` only.
            let access: Vec<_> = scopes
                .filter_map(|scope| match *scope.split(':').collect::<Vec<_>>().as_slice() {
                    [kind, name, actions] if name.starts_with("team/") => Some(serde_json::json!({
                        "type": kind, "name": name, "actions": actions.split(',').collect::<Vec<_>>(),
                    })),
                    _ => None,
                })
                .collect();
            json(serde_json::json!({ "token": token(&key, &der, access, &groups) }).to_string())
        })
        .await;
        Self { actor, certificate: pem }
    }

    async fn registry(&self) -> Registry {
        self.registry_with("").await
    }

    /// A registry that uses this token service, with more settings of its token authentication.
    pub async fn registry_with(&self, settings: &str) -> Registry {
        let bundle = self.actor.address.port();
        let bundle = std::env::temp_dir().join(format!("portolan-tokens-{bundle}.pem"));
        fs::write(&bundle, &self.certificate).unwrap();
        let registry = Registry::start(&format!(
            "auth: {{token: {{realm: \"http://{}/token\", service: test, issuer: tests, rootcertbundle: {}{settings}}}}}",
            self.actor.authority(),
            bundle.display()
        ))
        .await;
        fs::remove_file(bundle).unwrap();
        registry
    }
}

/// A signed token (RFC 7519) with the claims of the specification (Distribution, token authentication).
fn token(key: &rcgen::KeyPair, certificate: &[u8], access: Vec<serde_json::Value>, groups: &str) -> String {
    let now = SystemClock.now() / 1000;
    let head = serde_json::json!({ "typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(certificate)] });
    let claims = serde_json::json!({
        "iss": "tests", "sub": USERNAME, "aud": "test", "exp": now + 60, "nbf": now - 60, "iat": now, "jti": "1", "access": access,
        "groups": groups,
    });
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(head.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = fixed(&key.sign(signed.as_bytes()).unwrap());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Converts a signature from ASN.1 to two fixed-length numbers (RFC 7518 3.4).
fn fixed(der: &[u8]) -> Vec<u8> {
    let mut rest = &der[2..];
    let mut numbers = Vec::new();
    while let [2, length, after @ ..] = rest {
        let (number, after) = after.split_at(usize::from(*length));
        let number = &number[number.len().saturating_sub(32)..];
        numbers.extend(std::iter::repeat_n(0, 32 - number.len()).chain(number.iter().copied()));
        rest = after;
    }
    numbers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_registry_with_a_token_service_is_checked() {
    let tokens = TokenService::start().await;
    let registry = tokens.registry().await;
    let report = check(&registry.http()).await;
    assert_eq!(last_step(&report), (Step::Authentication, Some(Finding::CredentialsRequired)), "{report:?}");
    let mut wrong = registry.http();
    wrong.credentials = Some(Credentials { username: USERNAME.to_owned(), password: Secret::new("wrong") });
    assert_eq!(check(&wrong).await.finding, Finding::CredentialsRejected);
    assert_eq!(check(&registry.http().logged_in()).await.finding, super::fake_server::ACCEPTED);

    assert_eq!(
        check(&registry.http().logged_in().pulling("team/app")).await.finding,
        super::fake_server::ACCEPTED_NO_IMAGE
    );
    registry.push("team/app", Some(&format!("{USERNAME}:{PASSWORD}")));
    assert_eq!(
        check(&registry.http().logged_in().pulling("team/app")).await.finding,
        super::fake_server::PULL_VERIFIED
    );
    let report = check(&registry.http().logged_in().pulling("other/app")).await;
    assert_eq!(report.finding, not_verified(Access::Accepted, Unverified::Refused));
    let denied = check(&registry.http().logged_in().testing("other/app:1")).await;
    assert_eq!(last_step(&denied), (Step::Pull, Some(Finding::PullDenied)));
    let readable = registry.http().logged_in().pulling("team").testing("app:1");
    assert_eq!(check(&readable).await.finding, super::fake_server::PULL_VERIFIED);
    let report = check(&registry.http().logged_in().pulling("team").testing("app:2")).await;
    assert_eq!(last_step(&report), (Step::Pull, Some(Finding::ImageNotFound)));
}
