//! Certificates of every kind, verified by this console and by skopeo, which uses the TLS library of Go like cluster
//! nodes do. A check must fail if nodes reject the certificate, and succeed if they accept it.

use super::fake_server::{ANONYMOUS_PULL, Names, TargetExt, client, target};
use super::parts::Registry;
use domain::Finding;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, GeneralSubtree,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
    PKCS_ECDSA_P521_SHA256, PKCS_ECDSA_P521_SHA512, PKCS_ED25519, SanType, SignatureAlgorithm, date_time_ymd,
};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// The CA that this console and the nodes trust.
enum Given {
    /// The CA that signed the certificate.
    Signer,
    /// The same, listed after an expired CA with the same name.
    Renewed,
    /// Another CA with the same name.
    Namesake,
}

/// A certificate. Fields that are not set are those of a valid one.
struct CertificateCase {
    what: &'static str,
    host: &'static str,
    key: &'static SignatureAlgorithm,
    authority: fn(&mut CertificateParams),
    intermediate: Option<fn(&mut CertificateParams)>,
    /// Whether the server sends the intermediate certificate.
    whole: bool,
    /// Whether the certificate is self-signed and also used as the CA.
    alone: bool,
    given: Given,
    leaf: fn(&mut CertificateParams),
    /// The expected finding; `None` if the certificate is valid.
    wrong: Option<Finding>,
}

fn right(what: &'static str) -> CertificateCase {
    CertificateCase {
        what,
        host: "localhost",
        key: &PKCS_ECDSA_P256_SHA256,
        authority: |_| (),
        intermediate: None,
        whole: true,
        alone: false,
        given: Given::Signer,
        leaf: |_| (),
        wrong: None,
    }
}

fn expired(params: &mut CertificateParams) {
    params.not_after = date_time_ymd(2020, 1, 1);
}

fn not_yet_valid(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2999, 1, 1);
}

fn naming(params: &mut CertificateParams, name: SanType) {
    params.subject_alt_names = vec![name];
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

fn permitting(name: &str) -> NameConstraints {
    let permitted_subtrees = vec![GeneralSubtree::DnsName(name.to_owned())];
    NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() }
}

fn critical_and_unknown() -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
    extension.set_criticality(true);
    extension
}

fn certificate_cases() -> Vec<CertificateCase> {
    vec![
        right("valid"),
        CertificateCase { intermediate: Some(|_| ()), ..right("an intermediate that is sent") },
        CertificateCase {
            intermediate: Some(|_| ()),
            whole: false,
            wrong: Some(Finding::IntermediateMissing),
            ..right("an intermediate that is not sent")
        },
        CertificateCase { alone: true, ..right("self-signed") },
        CertificateCase {
            alone: true,
            given: Given::Renewed,
            ..right("self-signed, configured with its expired predecessor")
        },
        CertificateCase { given: Given::Renewed, ..right("a CA configured with its expired predecessor") },
        CertificateCase {
            alone: true,
            leaf: |it| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
            wrong: Some(Finding::CertificateUnusable),
            ..right("self-signed, for clients only")
        },
        CertificateCase {
            alone: true,
            leaf: expired,
            wrong: Some(Finding::CertificateExpired),
            ..right("the same, expired")
        },
        CertificateCase {
            given: Given::Namesake,
            wrong: Some(Finding::UnknownAuthority),
            ..right("another CA with the same name is configured")
        },
        CertificateCase {
            given: Given::Namesake,
            leaf: |it| it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
            wrong: Some(Finding::UnknownAuthority),
            ..right("the same, with a certificate marked as a CA")
        },
        CertificateCase {
            alone: true,
            given: Given::Namesake,
            wrong: Some(Finding::UnknownAuthority),
            ..right("self-signed, another one with the same name is configured")
        },
        // Names.
        CertificateCase {
            leaf: |it| it.subject_alt_names.clear(),
            wrong: Some(Finding::CertificateWithoutSan),
            ..right("the host only in the common name")
        },
        CertificateCase {
            leaf: |it| naming(it, dns("other.example.com")),
            wrong: Some(Finding::CertificateForOtherHost),
            ..right("another host")
        },
        CertificateCase { leaf: |it| naming(it, dns("LOCALHOST")), ..right("the host in upper case") },
        CertificateCase {
            host: "127.0.0.1",
            leaf: |it| naming(it, SanType::IpAddress([127, 0, 0, 1].into())),
            ..right("an IP address with an entry")
        },
        CertificateCase {
            host: "127.0.0.1",
            wrong: Some(Finding::CertificateWithoutAddress),
            ..right("an IP address without an entry")
        },
        CertificateCase {
            host: "127.0.0.1",
            leaf: |it| naming(it, dns("127.0.0.1")),
            wrong: Some(Finding::CertificateWithoutAddress),
            ..right("an IP address in a DNS name")
        },
        CertificateCase {
            host: "127.0.0.1",
            leaf: |it| naming(it, SanType::IpAddress([10, 0, 0, 5].into())),
            wrong: Some(Finding::CertificateForOtherHost),
            ..right("another IP address")
        },
        // Validity.
        CertificateCase { leaf: expired, wrong: Some(Finding::CertificateExpired), ..right("expired") },
        CertificateCase { leaf: not_yet_valid, wrong: Some(Finding::CertificateNotYetValid), ..right("not valid yet") },
        CertificateCase { authority: expired, wrong: Some(Finding::AuthorityExpired), ..right("an expired CA") },
        CertificateCase {
            authority: not_yet_valid,
            wrong: Some(Finding::CertificateNotYetValid),
            ..right("a CA that is not valid yet")
        },
        CertificateCase {
            intermediate: Some(expired),
            wrong: Some(Finding::CertificateExpired),
            ..right("an expired intermediate")
        },
        // Constraints of CAs.
        CertificateCase {
            authority: |it| it.is_ca = IsCa::ExplicitNoCa,
            wrong: Some(Finding::AuthorityNotCa),
            ..right("a CA with CA:FALSE")
        },
        CertificateCase {
            authority: |it| it.is_ca = IsCa::NoCa,
            wrong: Some(Finding::AuthorityNotCa),
            ..right("a CA without basicConstraints")
        },
        CertificateCase {
            authority: |it| it.key_usages = vec![KeyUsagePurpose::DigitalSignature],
            wrong: Some(Finding::AuthorityNotCa),
            ..right("a CA that may not sign certificates")
        },
        CertificateCase {
            authority: |it| it.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)),
            intermediate: Some(|_| ()),
            wrong: Some(Finding::CertificateUnusable),
            ..right("a CA with pathlen:0 and an intermediate")
        },
        CertificateCase {
            authority: |it| it.is_ca = IsCa::Ca(BasicConstraints::Constrained(1)),
            intermediate: Some(|_| ()),
            ..right("a CA with pathlen:1 and an intermediate")
        },
        CertificateCase {
            intermediate: Some(|it| it.is_ca = IsCa::NoCa),
            wrong: Some(Finding::CertificateUnusable),
            ..right("an intermediate that is no CA")
        },
        CertificateCase {
            intermediate: Some(|it| it.key_usages = vec![KeyUsagePurpose::DigitalSignature]),
            wrong: Some(Finding::AuthorityNotCa),
            ..right("an intermediate that may not sign certificates")
        },
        CertificateCase {
            leaf: |it| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth],
            ..right("for servers")
        },
        CertificateCase {
            leaf: |it| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
            wrong: Some(Finding::CertificateUnusable),
            ..right("for clients only")
        },
        CertificateCase {
            authority: |it| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
            wrong: Some(Finding::CertificateUnusable),
            ..right("a CA for clients only")
        },
        CertificateCase {
            authority: |it| it.name_constraints = Some(permitting("localhost")),
            ..right("a CA constrained to these names")
        },
        CertificateCase {
            authority: |it| it.name_constraints = Some(permitting("example.com")),
            wrong: Some(Finding::CertificateUnusable),
            ..right("a CA constrained to other names")
        },
        CertificateCase {
            authority: |it| it.custom_extensions.push(critical_and_unknown()),
            wrong: Some(Finding::CertificateUnusable),
            ..right("a CA with an unknown critical extension")
        },
        CertificateCase {
            leaf: |it| it.custom_extensions.push(critical_and_unknown()),
            wrong: Some(Finding::CertificateUnusable),
            ..right("an unknown critical extension")
        },
        // Unusual certificates.
        CertificateCase { leaf: |it| it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained), ..right("marked as a CA") },
        CertificateCase {
            intermediate: Some(|_| ()),
            leaf: |it| it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
            ..right("the same, signed by an intermediate")
        },
        CertificateCase {
            intermediate: Some(expired),
            leaf: |it| it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
            wrong: Some(Finding::UnknownAuthority),
            ..right("the same, signed by an expired intermediate")
        },
        CertificateCase {
            leaf: |it| {
                it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                expired(it);
            },
            wrong: Some(Finding::CertificateExpired),
            ..right("the same, expired")
        },
        CertificateCase {
            leaf: |it| {
                it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                naming(it, dns("other.example.com"));
            },
            wrong: Some(Finding::CertificateForOtherHost),
            ..right("the same, for another host")
        },
        CertificateCase {
            authority: expired,
            leaf: |it| it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
            wrong: Some(Finding::AuthorityExpired),
            ..right("the same, signed by an expired CA")
        },
        CertificateCase {
            alone: true,
            leaf: |it| it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
            ..right("self-signed, marked as a CA")
        },
        CertificateCase {
            leaf: |it| it.subject_alt_names.insert(0, dns("a name with blanks")),
            ..right("the host beside an invalid name")
        },
        CertificateCase {
            leaf: |it| it.key_usages = vec![KeyUsagePurpose::KeyEncipherment],
            ..right("for key exchange")
        },
        CertificateCase { leaf: |it| it.serial_number = Some(vec![0].into()), ..right("a serial number of zero") },
        CertificateCase { leaf: |it| it.serial_number = Some(vec![1; 30].into()), ..right("a long serial number") },
        // Keys.
        CertificateCase { key: &PKCS_ECDSA_P384_SHA384, ..right("P-384") },
        CertificateCase { key: &PKCS_ECDSA_P521_SHA512, ..right("P-521") },
        CertificateCase { key: &PKCS_ECDSA_P521_SHA256, ..right("P-521 with SHA-256") },
        CertificateCase { key: &PKCS_ED25519, ..right("Ed25519") },
    ]
}

impl CertificateCase {
    /// Writes chain, key and CA to a folder.
    fn write(&self, folder: &Path) {
        let made = |adjust: fn(&mut CertificateParams), name: &str, host: &[String]| {
            let mut params = CertificateParams::new(host).unwrap();
            params.distinguished_name.push(DnType::CommonName, name);
            adjust(&mut params);
            (params, KeyPair::generate_for(self.key).unwrap())
        };
        let authority = |adjust: fn(&mut CertificateParams), name: &str| {
            let (mut params, key) = made(|_| (), name, &[]);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            adjust(&mut params);
            (params, key)
        };
        let (params, key) = made(self.leaf, self.host, &["localhost".to_owned()]);
        let (chain, trusted) = if self.alone {
            let certificate = params.self_signed(&key).unwrap();
            (certificate.pem(), certificate)
        } else {
            let (root, root_key) = authority(self.authority, "an authority");
            let trusted = root.self_signed(&root_key).unwrap();
            let mut issuer = Issuer::new(root, root_key);
            let mut shown = String::new();
            if let Some(adjust) = self.intermediate {
                let (between, between_key) = authority(adjust, "an intermediate");
                let certificate: Certificate = between.signed_by(&between_key, &issuer).unwrap();
                shown = if self.whole { certificate.pem() } else { shown };
                issuer = Issuer::new(between, between_key);
            }
            (params.signed_by(&key, &issuer).unwrap().pem() + &shown, trusted)
        };
        fs::write(folder.join("chain.pem"), chain).unwrap();
        fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
        let other = |adjust: fn(&mut CertificateParams)| {
            let (mut params, key) = match self.alone {
                true => made(self.leaf, self.host, &["localhost".to_owned()]),
                false => authority(self.authority, "an authority"),
            };
            adjust(&mut params);
            params.self_signed(&key).unwrap().pem()
        };
        let given = match self.given {
            Given::Signer => trusted.pem(),
            Given::Renewed => other(expired) + &trusted.pem(),
            Given::Namesake => other(|_| ()),
        };
        fs::write(folder.join("authority.crt"), given).unwrap();
    }
}

/// A registry with this certificate, whose images are in `images`.
async fn serving(folder: &Path, images: &Path) -> Registry {
    let place = folder.display();
    let tls = format!("  tls: {{certificate: {place}/chain.pem, key: {place}/key.pem}}");
    Registry::keeping(&images.display().to_string(), &tls).await
}

/// Whether skopeo can read an image there. Panics if the error is not about the certificate.
fn accepted_by_skopeo(address: &str, authorities: &Path) -> Result<(), String> {
    let Output { status, stderr, .. } = Command::new("skopeo")
        .args(["inspect", "--raw", "--cert-dir", &authorities.display().to_string()])
        .arg(format!("docker://{address}/team/app:1"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&stderr).into_owned();
    assert!(status.success() || said.contains("x509: "), "{said}");
    if status.success() { Ok(()) } else { Err(said) }
}

/// Compares both results with the expected finding. Returns a description of any difference.
async fn compare_verdicts(
    what: &str,
    host: &str,
    wrong: Option<&Finding>,
    folder: &Path,
    images: &Path,
) -> Option<String> {
    let registry = serving(folder, images).await;
    let address = format!("{host}:{}", registry.port());
    let authority = fs::read_to_string(folder.join("authority.crt")).unwrap();
    let image = target(&format!("https://{address}")).trusting(&authority).pulling("team").testing("app:1");
    let found = client(Names::default().with("localhost", &["127.0.0.1"])).check(&image).await.finding;
    let nodes = accepted_by_skopeo(&address, folder);
    let expected = wrong.cloned().unwrap_or(ANONYMOUS_PULL);
    // The only finding that itself says that nodes may accept the certificate.
    let is_good_for_nodes = matches!(wrong, None | Some(Finding::SignatureNotSupported));
    let agree = nodes.is_ok() == is_good_for_nodes && found == expected;
    (!agree).then(|| format!("{what}: found {found:?}, wrong {wrong:?}, nodes {nodes:?}\n"))
}

pub const P256: &str = "ec -pkeyopt ec_paramgen_curve:prime256v1";
const P384: &str = "ec -pkeyopt ec_paramgen_curve:secp384r1";
const PSS: &str = "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest";

/// Arguments for `openssl`: the key of the CA, the key of the registry, and the digest of the signature.
const SIGNATURES: [(&str, &str, &str, Option<Finding>); 9] = [
    (P384, P384, "-sha512", None),
    (P256, P256, "-sha512", None),
    ("rsa:2048", "rsa:2048", "-sha256", None),
    ("rsa:4096", P256, "-sha512", None),
    ("rsa:2048", P256, PSS, None),
    ("rsa:1024", "rsa:1024", "-sha256", Some(Finding::SignatureNotSupported)),
    ("rsa:1024", P256, "-sha256", Some(Finding::SignatureNotSupported)),
    ("rsa:2048", "rsa:1024", "-sha256", Some(Finding::SignatureNotSupported)),
    ("rsa:2048", "rsa:2048", "-sha1", Some(Finding::CertificateUnusable)),
];

/// Writes the key and the certificate of a CA to a folder.
pub fn write_authority(folder: &Path, key: &str, digest: &str) {
    openssl(
        folder,
        &format!("req -x509 -newkey {key} {digest} -nodes -subj /CN=ca -keyout root.pem -out authority.crt"),
    );
}

/// Writes the key and the chain of a registry next to its CA.
pub fn write_server(folder: &Path, key: &str, digest: &str) {
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost").unwrap();
    openssl(folder, &format!("req -newkey {key} -nodes -subj /CN=localhost -keyout key.pem -out request.pem"));
    let signing = "x509 -req -in request.pem -CA authority.crt -CAkey root.pem -extfile names";
    openssl(folder, &format!("{signing} {digest} -out chain.pem"));
}

fn openssl(folder: &Path, words: &str) {
    let made = Command::new("openssl").args(words.split(' ')).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// A registry with an image. Its folder is served again with each certificate.
pub async fn store() -> Registry {
    let store = Registry::start("").await;
    store.push("team/app", None);
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_accepted_and_rejected_as_on_nodes() {
    let store = store().await;
    let mut differences = String::new();
    for sort in certificate_cases() {
        let folder = tempfile::tempdir().unwrap();
        sort.write(folder.path());
        let difference =
            compare_verdicts(sort.what, sort.host, sort.wrong.as_ref(), folder.path(), &store.data()).await;
        differences.extend(difference);
    }
    assert!(differences.is_empty(), "{differences}");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificate_signatures_are_verified_as_on_nodes() {
    let store = store().await;
    let mut differences = String::new();
    for (authority, key, digest, wrong) in SIGNATURES {
        let folder = tempfile::tempdir().unwrap();
        write_authority(folder.path(), authority, digest);
        write_server(folder.path(), key, digest);
        let what = format!("{authority} {digest}, {key}");
        let difference = compare_verdicts(&what, "localhost", wrong.as_ref(), folder.path(), &store.data()).await;
        differences.extend(difference);
    }
    assert!(differences.is_empty(), "{differences}");
}

/// `openssl x509 -req` on the request of a CA creates a certificate without any constraints.
#[tokio::test(flavor = "multi_thread")]
async fn a_version_1_ca_certificate_is_accepted_as_on_nodes() {
    let store = store().await;
    let folder = tempfile::tempdir().unwrap();
    openssl(folder.path(), &format!("req -newkey {P256} -nodes -subj /CN=ca -keyout root.pem -out root-request.pem"));
    openssl(folder.path(), "x509 -req -in root-request.pem -signkey root.pem -out authority.crt");
    write_server(folder.path(), P256, "-sha256");
    assert_eq!(compare_verdicts("version 1", "localhost", None, folder.path(), &store.data()).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn skipping_verification_also_accepts_a_short_key() {
    let store = store().await;
    let folder = tempfile::tempdir().unwrap();
    write_authority(folder.path(), "rsa:1024", "-sha256");
    write_server(folder.path(), "rsa:1024", "-sha256");
    let registry = serving(folder.path(), &store.data()).await;
    let mut image = target(&format!("https://{}", registry.authority())).pulling("team").testing("app:1");
    image.settings.trust.skip_verification = true;
    assert_eq!(client(Names::default()).check(&image).await.finding, ANONYMOUS_PULL);
}
