//! TLS, working and broken.

use super::fake_server::{
    Asked, FakeServer, Names, Reply, TargetExt, asks, client, last_step, not_verified, open, target,
};
use domain::{Access, Finding, Step, Unverified};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ConfigBuilder, RootCertStore, ServerConfig};
use server::probe::{Client, Target};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Connected without being asked for the credentials.
const NOT_ASKED: Finding = not_verified(Access::NotAsked, Unverified::NoImageNamed);

pub const HOST: &str = "registry.example.com";

/// A CA that issues certificates.
pub struct Authority {
    pub issuer: Issuer<'static, KeyPair>,
    pub certificate: Certificate,
}

impl Authority {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    fn with(adjust: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        adjust(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// A TLS server with a certificate of this CA.
    fn serving(&self, adjust: impl FnOnce(&mut CertificateParams)) -> TlsAcceptor {
        let (chain, key) = self.certificate(adjust);
        accepting(
            ServerConfig::builder_with_provider(provider()),
            ConfigBuilder::<ServerConfig, _>::with_no_client_auth,
            chain.der().clone(),
            key,
        )
    }

    pub fn certificate(&self, adjust: impl FnOnce(&mut CertificateParams)) -> (Certificate, KeyPair) {
        let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        adjust(&mut params);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

type Versions = rustls::ConfigBuilder<ServerConfig, rustls::WantsVersions>;
type Verifier = rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>;
type Certificates = rustls::ConfigBuilder<ServerConfig, rustls::server::WantsServerCert>;

fn accepting(
    builder: Versions,
    clients: impl FnOnce(Verifier) -> Certificates,
    chain: CertificateDer<'static>,
    key: KeyPair,
) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let builder = clients(builder.with_safe_default_protocol_versions().unwrap());
    TlsAcceptor::from(Arc::new(builder.with_single_cert(vec![chain], key).unwrap()))
}

fn named() -> Client {
    client(Names::default().with(HOST, &["127.0.0.1"]).with("other.example.com", &["127.0.0.1"]))
}

fn https(host: &str, actor: &FakeServer) -> Target {
    target(&format!("https://{host}:{}", actor.address.port())).logged_in()
}

fn trusting(authority: &Authority, target: Target) -> Target {
    target.trusting(&authority.certificate.pem())
}

#[tokio::test]
async fn t11_a_certificate_of_the_registrys_own_ca_is_accepted() {
    let authority = Authority::new();
    let registry = FakeServer::encrypted(authority.serving(|_| ()), |_| open()).await;
    let report = named().check(&trusting(&authority, https(HOST, &registry))).await;
    assert_eq!(report.finding, NOT_ASKED, "{report:?}");
    assert!(report.steps.iter().any(|step| step.step == Step::Tls));
}

#[tokio::test]
async fn t11_certificate_errors_are_told_apart_and_nothing_is_sent() {
    let authority = Authority::new();
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
    let future = |params: &mut CertificateParams| params.not_before = date_time_ymd(2999, 1, 1);
    let cases: [(TlsAcceptor, &str, bool, Finding); 5] = [
        (authority.serving(|_| ()), HOST, false, Finding::UnknownAuthority),
        (authority.serving(|_| ()), "other.example.com", true, Finding::CertificateForOtherHost),
        (authority.serving(expired), HOST, true, Finding::CertificateExpired),
        (authority.serving(future), HOST, true, Finding::CertificateNotYetValid),
        (self_signed(|_| ()).0, HOST, false, Finding::UnknownAuthority),
    ];
    for (tls, host, trusted, finding) in cases {
        let registry = FakeServer::encrypted(tls, |_| open()).await;
        let target = https(host, &registry);
        let target = if trusted { trusting(&authority, target) } else { target };
        assert_eq!(last_step(&named().check(&target).await), (Step::Tls, Some(finding)));
        assert!(registry.asked().is_empty());
    }
}

/// A self-signed certificate, like one line of openssl creates.
pub fn self_signed(adjust: impl FnOnce(&mut CertificateParams)) -> (TlsAcceptor, String) {
    let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    adjust(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let tls = accepting(
        ServerConfig::builder_with_provider(provider()),
        ConfigBuilder::<ServerConfig, _>::with_no_client_auth,
        certificate.der().clone(),
        key,
    );
    (tls, certificate.pem())
}

#[tokio::test]
async fn a_self_signed_certificate_is_accepted_if_it_is_configured_as_the_ca() {
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
    let future = |params: &mut CertificateParams| params.not_before = date_time_ymd(2999, 1, 1);
    let leaf = |params: &mut CertificateParams| params.is_ca = IsCa::NoCa;
    let cases = [
        (self_signed(|_| ()), HOST, None),
        (self_signed(leaf), HOST, None),
        (self_signed(|_| ()), "other.example.com", Some(Finding::CertificateForOtherHost)),
        (self_signed(expired), HOST, Some(Finding::CertificateExpired)),
        (self_signed(future), HOST, Some(Finding::CertificateNotYetValid)),
    ];
    for ((tls, pem), host, wrong) in cases {
        let registry = FakeServer::encrypted(tls, |_| open()).await;
        let report = named().check(&https(host, &registry).trusting(&pem)).await;
        match wrong {
            None => assert_eq!(report.finding, NOT_ASKED, "{report:?}"),
            Some(finding) => assert_eq!(last_step(&report), (Step::Tls, Some(finding))),
        }
    }
    let (_, someone_elses) = self_signed(|_| ());
    let (tls, _) = self_signed(|_| ());
    let registry = FakeServer::encrypted(tls, |_| open()).await;
    let report = named().check(&https(HOST, &registry).trusting(&someone_elses)).await;
    assert_eq!(last_step(&report), (Step::Tls, Some(Finding::UnknownAuthority)));
}

#[tokio::test]
async fn t11_skipping_verification_accepts_any_certificate() {
    for tls in [self_signed(|_| ()).0, Authority::new().serving(|params| params.not_after = date_time_ymd(2020, 1, 1))]
    {
        let registry = FakeServer::encrypted(tls, |_| open()).await;
        let mut target = https(HOST, &registry);
        target.settings.trust.skip_verification = true;
        assert_eq!(named().check(&target).await.finding, NOT_ASKED);
    }
}

#[tokio::test]
async fn t11_skipped_verification_does_not_extend_to_a_token_service_on_another_host() {
    let authority = Authority::new();
    let of_service = authority.serving(|params| {
        params.subject_alt_names =
            CertificateParams::new(vec!["other.example.com".to_owned()]).unwrap().subject_alt_names;
    });
    let service = FakeServer::encrypted(of_service, |_| open()).await;
    let realm = format!("https://other.example.com:{}/token", service.address.port());
    let asking = move |_: &Asked| asks(format!("Bearer realm=\"{realm}\",service=\"x\""));
    let registry = FakeServer::encrypted(self_signed(|_| ()).0, asking).await;
    let mut target = https(HOST, &registry);
    target.settings.trust.skip_verification = true;
    let report = named().check(&target).await;
    assert_eq!(last_step(&report), (Step::Tls, Some(Finding::UnknownAuthority)));
    assert!(!service.got_credentials());
    // The configured CA is trusted for both hosts.
    let report = named().check(&trusting(&authority, target)).await;
    assert_ne!(last_step(&report), (Step::Tls, Some(Finding::UnknownAuthority)));
    assert!(service.got_credentials());
}

#[tokio::test]
async fn a_required_client_certificate_is_reported() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let authority = Authority::new();
        let mut roots = RootCertStore::empty();
        roots.add(authority.certificate.der().clone()).unwrap();
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider()).build().unwrap();
        let (chain, key) = authority.certificate(|_| ());
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let settings = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_client_cert_verifier(clients)
            .with_single_cert(vec![chain.der().clone()], key)
            .unwrap();
        let registry = FakeServer::encrypted(TlsAcceptor::from(Arc::new(settings)), |_| open()).await;
        let report = named().check(&trusting(&authority, https(HOST, &registry))).await;
        assert_eq!(report.finding, Finding::ClientCertificateRequired, "{version:?}");
    }
}

#[tokio::test]
async fn t11_plain_http_on_a_tls_port_is_reported_without_a_fallback() {
    let registry = FakeServer::plain(|_| open()).await;
    // Takes a TLS handshake for a malformed request and answers with plain http.
    let grumpy = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = grumpy.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = grumpy.accept().await.unwrap();
        let mut heard = vec![0; 4096];
        let read = stream.read(&mut heard).await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        stream.shutdown().await.unwrap();
        heard.truncate(read);
        heard
    });
    let target = target(&format!("https://{HOST}:{port}")).logged_in();
    assert_eq!(last_step(&named().check(&target).await), (Step::Tls, Some(Finding::PlainHttpOnTlsPort)));
    assert_eq!(heard.await.unwrap()[0], 22, "it starts with a TLS handshake");
    assert!(registry.asked().is_empty());
}

#[tokio::test]
async fn tls_on_an_http_port_is_reported() {
    let registry = FakeServer::encrypted(Authority::new().serving(|_| ()), |_| Reply::Hangup).await;
    let target = target(&format!("http://{HOST}:{}", registry.address.port())).logged_in();
    assert_eq!(named().check(&target).await.finding, Finding::TlsOnHttpPort);
}

/// goharbor/harbor#16971, helm/helm#10658, rancher/rke2#775: host names in the common name only, and IP addresses in
/// DNS names.
#[tokio::test]
async fn a_host_name_in_an_obsolete_certificate_field_has_its_own_finding() {
    let authority = Authority::new();
    let nameless = |params: &mut CertificateParams| params.subject_alt_names.clear();
    let registry = FakeServer::encrypted(authority.serving(nameless), |_| open()).await;
    let report = named().check(&trusting(&authority, https(HOST, &registry))).await;
    assert_eq!(last_step(&report), (Step::Tls, Some(Finding::CertificateWithoutSan)));

    let registry = FakeServer::encrypted(authority.serving(|_| ()), |_| open()).await;
    let report = named().check(&trusting(&authority, https("127.0.0.1", &registry))).await;
    assert_eq!(last_step(&report), (Step::Tls, Some(Finding::CertificateWithoutAddress)));
}

/// rustls/webpki-roots#70, linkerd/linkerd2#9256, golang/go#51953, istio/istio#25872: Go also checks the root.
#[tokio::test]
async fn a_ca_certificate_that_nodes_reject_is_rejected() {
    let expired = Authority::with(|params| params.not_after = date_time_ymd(2020, 1, 1));
    let no_ca = Authority::with(|params| params.is_ca = IsCa::ExplicitNoCa);
    for (authority, finding) in [(expired, Finding::AuthorityExpired), (no_ca, Finding::AuthorityNotCa)] {
        let registry = FakeServer::encrypted(authority.serving(|_| ()), |_| open()).await;
        let report = named().check(&trusting(&authority, https(HOST, &registry))).await;
        assert_eq!(last_step(&report), (Step::Tls, Some(finding)));
        assert!(registry.asked().is_empty());
    }
}

#[tokio::test]
async fn a_missing_intermediate_certificate_is_reported() {
    let root = Authority::new();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "an intermediate");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &root.issuer).unwrap();
    let intermediate = Authority { issuer: Issuer::new(params, key), certificate };
    let registry = FakeServer::encrypted(intermediate.serving(|_| ()), |_| open()).await;
    let report = named().check(&trusting(&root, https(HOST, &registry))).await;
    assert_eq!(last_step(&report), (Step::Tls, Some(Finding::IntermediateMissing)));
}

/// rustls/rustls#2536, #1367, kanidm/kanidm#4002: nodes accept these.
#[tokio::test]
async fn cas_with_p521_keys_and_sha512_signatures_are_accepted() {
    for algorithm in [&rcgen::PKCS_ECDSA_P521_SHA512, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ECDSA_P521_SHA256] {
        let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate_for(algorithm).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let tls = accepting(
            ServerConfig::builder_with_provider(provider()),
            ConfigBuilder::<ServerConfig, _>::with_no_client_auth,
            certificate.der().clone(),
            key,
        );
        let registry = FakeServer::encrypted(tls, |_| open()).await;
        let given = https(HOST, &registry).trusting(&certificate.pem());
        assert_eq!(named().check(&given).await.finding, NOT_ASKED);
        let mut skipping = https(HOST, &registry);
        skipping.settings.trust.skip_verification = true;
        assert_eq!(named().check(&skipping).await.finding, NOT_ASKED);
    }
}
