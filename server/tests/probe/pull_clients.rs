//! Real clients pull with each format of a pull config: skopeo, Podman, and containerd, which `ctr` and Kubernetes ask in
//! different ways.

use super::fake_server::{FakeServer, asks};
use super::image::write_image;
use super::nodes::{P256, store, write_authority, write_server};
use super::parts::Registry;
use super::tls::self_signed;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{CaCertificates, Credentials, Name, RegistryUrl, Repository, Scheme, Secret, TrustPolicy};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use server::pull_config::{PullConfig, PullFormat};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::UnixStream;

/// bcrypt, and so the registry's password file, ignores what follows.
const BCRYPT_BYTES: usize = 72;

/// Usernames and passwords that break templates, shells and line-based tools.
fn logins() -> Vec<Credentials> {
    let json_key = "{\n  \"type\": \"service_account\",\n  \"private_key\": \"-----BEGIN\\nAAAA\\n\"\n}\n";
    let unicode = "\u{1f511}\u{e9}\u{4e2d}\"\\'".repeat(400);
    assert!(unicode.len() > 4096);
    let login =
        |username: &str, password: &str| Credentials { username: username.to_owned(), password: Secret::new(password) };
    vec![login("robot$ci+x", "p\"a\\s's $HOME"), login("_json_key", json_key), login("$oauthtoken", &unicode)]
}

fn has_one_line(login: &Credentials) -> bool {
    !login.password.expose().contains('\n')
}

/// A way to pull: which client, with which formats.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Skopeo,
    Podman,
    Ctr,
    /// As a kubelet asks containerd.
    Cri,
    /// Podman, after the log-in commands.
    LogIn,
}

const WAYS: [Way; 5] = [Way::Skopeo, Way::Podman, Way::Ctr, Way::Cri, Way::LogIn];

/// A machine whose files are in a folder of its own.
struct Node {
    folder: TempDir,
    config: PullConfig,
}

impl Node {
    /// A machine with all files of a registry where they belong.
    fn new(config: &PullConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in PullFormat::ALL.into_iter().flat_map(|format| config.files(format)) {
            let path = folder.path().join(file.path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file.content.expose()).unwrap();
        }
        // A user's files are read from here instead of /etc/containers.
        fs::create_dir(folder.path().join(".config")).unwrap();
        symlink(folder.path().join("etc/containers"), folder.path().join(".config/containers")).unwrap();
        Self { folder, config: config.clone() }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Pulls an image. The error is what the client says.
    async fn pull(&self, way: Way, image: &str) -> Result<(), String> {
        let auth = self.path("auth.json");
        match way {
            Way::Skopeo => {
                let (from, to) = (format!("docker://{image}"), format!("dir:{}", self.path("pulled")));
                self.run("skopeo", &["copy", "--insecure-policy", "--authfile", &auth, &from, &to])
            }
            Way::Podman => self.podman(&auth, image),
            Way::LogIn => {
                let login = self.config.credentials.as_ref().unwrap();
                // Without Docker, and its last line succeeds: what counts is the file that it writes.
                let said = self.shell(&fs::read_to_string(self.path("login.sh")).unwrap(), login.password.expose())?;
                let logged_in = self.path("logged-in.json");
                if Path::new(&logged_in).exists() { self.podman(&logged_in, image) } else { Err(said) }
            }
            Way::Ctr => {
                let containerd = self.containerd().await;
                let login = self.config.credentials.as_ref().unwrap();
                let login = format!("{}:{}", login.username, login.password.expose());
                let hosts = self.path("etc/containerd/certs.d");
                let words = ["--address", &containerd.address(), "images", "pull", "--hosts-dir", &hosts, "--user"];
                self.run("ctr", &[&words[..], &[&login, image]].concat())
            }
            Way::Cri => self.containerd().await.pull_image(image).await,
        }
    }

    fn podman(&self, auth: &str, image: &str) -> Result<(), String> {
        let folders = [self.path("podman/root"), self.path("podman/run"), self.path("podman/tmp")];
        let [root, run, tmp] = &folders;
        let storage = ["--root", root, "--runroot", run, "--tmpdir", tmp, "--storage-driver", "vfs"];
        self.run("podman", &[&storage[..], &["pull", "--authfile", auth, image]].concat())
    }

    /// Runs a script for people, who type this. Returns the errors that it prints.
    fn shell(&self, script: &str, typed: &str) -> Result<String, String> {
        fs::write(self.path("typed"), format!("{typed}\n")).unwrap();
        self.output("bash", &["-c", &format!("exec < typed\n{script}")])
    }

    fn run(&self, program: &str, words: &[&str]) -> Result<(), String> {
        self.output(program, words).map(drop)
    }

    /// What a program prints as errors, whether it succeeds or not.
    fn output(&self, program: &str, words: &[&str]) -> Result<String, String> {
        let answer = self.command(program).args(words).output().unwrap();
        let said = String::from_utf8_lossy(&answer.stderr).into_owned();
        if answer.status.success() { Ok(said) } else { Err(said) }
    }

    /// A command as root of a user namespace, which everybody may be, without the images and locks of this machine.
    fn command(&self, program: &str) -> Command {
        const ALONE: &str = "mount -t tmpfs none /var/lib && mount -t tmpfs none /dev/shm && exec \"$@\"";
        let mut command = Command::new("unshare");
        command
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", ALONE, "sh", program])
            .current_dir(&self.folder)
            .env("HOME", self.folder.path())
            .env("REGISTRY_AUTH_FILE", self.path("logged-in.json"));
        command
    }

    /// Starts containerd, with the credentials merged into its configuration as their file says.
    async fn containerd(&self) -> Containerd {
        let folder = self.folder.path().display();
        let configuration = format!(
            "version = 2
root = '{folder}/containerd/root'
state = '{folder}/containerd/state'
[grpc]
address = '{folder}/containerd.sock'
[plugins.'io.containerd.internal.v1.opt']
path = '{folder}/containerd/opt'
[plugins.'io.containerd.grpc.v1.cri'.cni]
conf_dir = '{folder}/containerd/cni'
[plugins.'io.containerd.grpc.v1.cri'.registry]
config_path = '{folder}/etc/containerd/certs.d'
"
        );
        let auth = fs::read_to_string(self.path("auth.toml")).unwrap();
        fs::write(self.path("containerd.toml"), configuration + &auth).unwrap();
        let log = self.folder.path().join("containerd.log");
        let process = self
            .command("containerd")
            .args(["--config", "containerd.toml"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut containerd = Containerd { process, socket: self.folder.path().join("containerd.sock") };
        while UnixStream::connect(&containerd.socket).await.is_err() {
            let ended = containerd.process.try_wait().unwrap();
            assert!(ended.is_none(), "containerd has ended: {}", fs::read_to_string(&log).unwrap());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        containerd
    }
}

/// A running containerd. It stops when dropped.
struct Containerd {
    process: Child,
    socket: PathBuf,
}

impl Drop for Containerd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Containerd {
    fn address(&self) -> String {
        self.socket.display().to_string()
    }

    /// `PullImage` of the Container Runtime Interface, once it has started. The error is its message.
    async fn pull_image(&self, image: &str) -> Result<(), String> {
        loop {
            match self.ask_to_pull(image).await {
                Err(message) if message == "server is not initialized yet" => {
                    tokio::time::sleep(Duration::from_millis(25)).await;
                }
                pulled => return pulled,
            }
        }
    }

    /// One call of `PullImage`, over gRPC.
    async fn ask_to_pull(&self, image: &str) -> Result<(), String> {
        // Protocol Buffers: in the first field of the request an ImageSpec, and in its first field the image.
        let first_field = |content: &[u8]| [&[0x0a, u8::try_from(content.len()).unwrap()], content].concat();
        let message = first_field(&first_field(image.as_bytes()));
        let frame = [&[0][..], &u32::try_from(message.len()).unwrap().to_be_bytes(), &message].concat();
        let stream = TokioIo::new(UnixStream::connect(&self.socket).await.unwrap());
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
        let connection = tokio::spawn(connection);
        let request = Request::post("http://localhost/runtime.v1.ImageService/PullImage")
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(Full::new(Bytes::from(frame)))
            .unwrap();
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        let trailers = body.collect().await.unwrap().trailers().cloned().unwrap_or(head.headers);
        connection.abort();
        let text = |name: &str| trailers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        match text("grpc-status").as_deref() {
            Some("0") => Ok(()),
            _ => Err(text("grpc-message").unwrap_or_default()),
        }
    }
}

fn config(url: &str, login: &Credentials) -> PullConfig {
    PullConfig {
        name: Name::parse("lab").unwrap(),
        url: RegistryUrl::parse(url).unwrap(),
        repository: Repository::parse("team").unwrap(),
        credentials: Some(login.clone()),
        trust: TrustPolicy::default(),
    }
}

/// A registry with a CA of its own, or with plain HTTP, with these accounts and the image `team/app:1`.
struct Lab {
    registry: Registry,
    folder: TempDir,
    _store: Registry,
}

impl Lab {
    async fn start(logins: &[Credentials], scheme: Scheme) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_authority(folder.path(), P256, "-sha256");
        write_server(folder.path(), P256, "-sha256");
        fs::write(folder.path().join("htpasswd"), logins.iter().flat_map(password_line).collect::<Vec<u8>>()).unwrap();
        let store = store().await;
        let place = folder.path().display();
        let tls = match scheme {
            Scheme::Http => String::new(),
            Scheme::Https => format!("  tls: {{certificate: {place}/chain.pem, key: {place}/key.pem}}\n"),
        };
        let auth = format!("auth: {{htpasswd: {{realm: lab, path: {place}/htpasswd}}}}");
        let registry = Registry::keeping(&store.data().display().to_string(), &(tls + &auth)).await;
        Self { registry, folder, _store: store }
    }

    fn authority(&self) -> String {
        format!("localhost:{}", self.registry.port())
    }

    fn image(&self) -> String {
        format!("{}/team/app:1", self.authority())
    }

    fn ca(&self) -> CaCertificates {
        CaCertificates::parse(&fs::read_to_string(self.folder.path().join("authority.crt")).unwrap()).unwrap()
    }

    fn config(&self, login: &Credentials) -> PullConfig {
        let mut config = config(&format!("https://{}", self.authority()), login);
        config.trust.authorities = Some(self.ca());
        config
    }
}

fn password_line(login: &Credentials) -> Vec<u8> {
    let password = login.password.expose().as_bytes();
    let password = OsStr::from_bytes(&password[..password.len().min(BCRYPT_BYTES)]);
    let line = Command::new("htpasswd").args(["-Bbn", "-C4", &login.username]).arg(password).output().unwrap();
    assert!(line.status.success(), "{}", String::from_utf8_lossy(&line.stderr));
    line.stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn real_clients_pull_from_a_real_registry_with_each_format() {
    let logins = logins();
    let lab = Lab::start(&logins, Scheme::Https).await;
    for login in &logins {
        let node = Node::new(&lab.config(login));
        for way in WAYS {
            // `read` takes one line.
            if way != Way::LogIn || has_one_line(login) {
                let pulled = node.pull(way, &lab.image()).await;
                assert_eq!(pulled, Ok(()), "{way:?} as {}", login.username);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn real_clients_pull_only_with_the_right_password_and_certificate() {
    let login = &logins()[0];
    let lab = Lab::start(std::slice::from_ref(login), Scheme::Https).await;
    let mut without_ca = lab.config(login);
    without_ca.trust = TrustPolicy::default();
    let masked = lab.config(login).masked();
    for way in WAYS {
        let refused = Node::new(&without_ca).pull(way, &lab.image()).await.unwrap_err();
        assert!(refused.contains("x509: certificate signed by unknown authority"), "{way:?}: {refused}");
        let refused = Node::new(&masked).pull(way, &lab.image()).await.unwrap_err().to_lowercase();
        let is_refused = ["unauthorized", "authentication required", "invalid username/password"];
        assert!(is_refused.iter().any(|it| refused.contains(it)), "{way:?}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn real_clients_pull_over_plain_http_and_from_a_registry_that_is_not_verified() {
    let login = &logins()[0];
    let lab = Lab::start(std::slice::from_ref(login), Scheme::Https).await;
    let mut unverified = lab.config(login);
    unverified.trust.skip_verification = true;
    let plain = Lab::start(std::slice::from_ref(login), Scheme::Http).await;
    let over_http = config(&format!("http://{}", plain.authority()), login);
    for way in WAYS {
        assert_eq!(Node::new(&unverified).pull(way, &lab.image()).await, Ok(()), "{way:?}");
        assert_eq!(Node::new(&over_http).pull(way, &plain.image()).await, Ok(()), "{way:?}");
    }
}

/// The password file of a real registry compares 72 bytes. This compares all.
#[tokio::test(flavor = "multi_thread")]
async fn real_clients_send_the_whole_password_with_each_format() {
    let server = FakeServer::encrypted(self_signed(|_| ()).0, |_| asks("Basic realm=\"lab\"")).await;
    let mut seen = 0;
    for login in logins() {
        let mut config = config(&format!("https://{}", server.authority()), &login);
        config.trust.skip_verification = true;
        let node = Node::new(&config);
        let expected = format!("{}:{}", login.username, login.password.expose());
        for way in WAYS.into_iter().filter(|way| *way != Way::LogIn || has_one_line(&login)) {
            node.pull(way, &format!("{}/team/app:1", server.authority())).await.unwrap_err();
            let sent: Vec<_> = server.asked().into_iter().filter_map(|asked| asked.authorization).skip(seen).collect();
            seen += sent.len();
            assert!(!sent.is_empty(), "{way:?} as {}", login.username);
            for header in sent {
                let pair = STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap();
                assert_eq!(String::from_utf8(pair).unwrap(), expected, "{way:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn import_commands_bring_an_image_into_a_registry_and_onto_a_node() {
    let login = &logins()[0];
    let lab = Lab::start(std::slice::from_ref(login), Scheme::Https).await;
    let node = Node::new(&lab.config(login));
    let script = fs::read_to_string(node.path("import.sh")).unwrap();
    let target = format!("{}/team/busybox:1.36", lab.authority());
    let [fetch, push, containerd, ..] = &*script.split("\n\n").collect::<Vec<_>>() else { panic!("{script}") };

    // In place of Docker Hub.
    write_image(Path::new(&node.path("source")));
    let fetch = fetch.replace("docker://docker.io/library/busybox:1.36", "oci:source");
    node.shell(&fetch, "").unwrap();
    node.shell(push, login.password.expose()).unwrap();
    assert_eq!(node.pull(Way::Podman, &target).await, Ok(()));

    let running = node.containerd().await;
    let with_address = format!("export CONTAINERD_ADDRESS={}\n", running.address());
    node.shell(&(with_address.clone() + containerd), "").unwrap();
    let listed = format!("{with_address}ctr --namespace k8s.io images list --quiet | grep -qxF {target}");
    node.shell(&listed, "").unwrap();
}
