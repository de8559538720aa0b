//! The real thing: Debian's `docker-registry`, and an image that `skopeo` has pushed.

use super::stage::{Dressed, Names, PASSWORD, USERNAME, client, last_hop, target};
use app::domain::{CheckReport, Credentials, Finding, Hop, Secret};
use server::registry::Target;
use sha2::{Digest, Sha256};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A registry of one's own; it ends with this value.
struct Registry {
    process: Child,
    folder: TempDir,
    authority: String,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Registry {
    async fn start(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let place = folder.path().display();
        let config = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\nstorage: {{filesystem: {{rootdirectory: {place}/data}}}}\nhttp:\n  addr: {authority}\n{}\n",
            settings.replace("FOLDER", &place.to_string())
        );
        fs::write(folder.path().join("config.yml"), config).unwrap();
        let hash = Command::new("htpasswd").args(["-Bbn", USERNAME, PASSWORD]).output().unwrap();
        fs::write(folder.path().join("htpasswd"), hash.stdout).unwrap();
        let process = Command::new("docker-registry")
            .args(["serve", &folder.path().join("config.yml").display().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(&authority).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Self { process, folder, authority }
    }

    fn http(&self) -> Target {
        target(&format!("http://{}", self.authority))
    }

    fn push(&self, repository: &str, credentials: Option<&str>) {
        let image = self.folder.path().join("image");
        write_image(&image);
        let mut skopeo = Command::new("skopeo");
        skopeo.args(["copy", "--insecure-policy", "--dest-tls-verify=false"]);
        if let Some(credentials) = credentials {
            skopeo.args(["--dest-creds", credentials]);
        }
        let pushed = skopeo
            .arg(format!("oci:{}", image.display()))
            .arg(format!("docker://{}/{repository}:1", self.authority))
            .output()
            .unwrap();
        assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
    }
}

/// The smallest image there is (OCI image layout): no layers.
fn write_image(folder: &Path) {
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    let write = |text: String| {
        let digest: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        fs::write(blobs.join(&digest), &text).unwrap();
        (digest, text.len())
    };
    let (config, size) = write(
        r#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"config":{}}"#.to_owned(),
    );
    let (manifest, length) = write(format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:{config}","size":{size}}},"layers":[]}}"#
    ));
    fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    fs::write(
        folder.join("index.json"),
        format!(
            r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{manifest}","size":{length}}}]}}"#
        ),
    )
    .unwrap();
}

async fn check(target: &Target) -> CheckReport {
    client(Names::default()).check(target).await
}

#[tokio::test]
async fn a_plain_registry() {
    let registry = Registry::start("").await;
    assert_eq!(check(&registry.http()).await.finding, Finding::AnonymousAccess);
    assert_eq!(check(&registry.http().pulling("team/app")).await.finding, Finding::AnonymousWithoutRepository);
    registry.push("team/app", None);
    assert_eq!(check(&registry.http().pulling("team/app")).await.finding, Finding::AnonymousPullProved);
}

#[tokio::test]
async fn a_registry_with_a_password_file() {
    let registry = Registry::start("auth: {htpasswd: {realm: test, path: FOLDER/htpasswd}}").await;
    let report = check(&registry.http()).await;
    assert_eq!(last_hop(&report), (Hop::Authentication, Some(Finding::CredentialsRequired)));
    assert_eq!(check(&registry.http().logged_in()).await.finding, Finding::CredentialsAccepted);
    let mut wrong = registry.http();
    wrong.credentials = Some(Credentials { username: USERNAME.to_owned(), password: Secret::new("wrong") });
    assert_eq!(check(&wrong).await.finding, Finding::CredentialsRejected);

    // skopeo splits at the first colon, as everyone does: the password may hold more.
    registry.push("team/app", Some(&format!("{USERNAME}:{PASSWORD}")));
    assert_eq!(check(&registry.http().logged_in().pulling("team/app")).await.finding, Finding::PullProved);
}

#[tokio::test]
async fn a_registry_behind_tls_with_its_own_authority() {
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

    let mut https = target(&format!("https://{}", registry.authority));
    assert_eq!(last_hop(&check(&https).await), (Hop::Tls, Some(Finding::UnknownAuthority)));
    https.trust.authority = Some(certificate.der().clone());
    assert_eq!(check(&https).await.finding, Finding::AnonymousAccess);
    assert_eq!(check(&registry.http()).await.finding, Finding::TlsThere);
}
