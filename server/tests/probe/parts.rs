//! Real programs: registries, and what people put in front of them. Each stops when dropped.

use super::fake_server::{PASSWORD, USERNAME, target};
use super::image::write_image;
use server::probe::Target;
use std::fs::{self, File, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;

/// A program that listens on a loopback port and has a folder of its own.
pub struct Part {
    process: Child,
    folder: TempDir,
    pub port: u16,
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Part {
    /// Starts a program with this configuration and waits until it listens. FOLDER and PORT are replaced.
    pub async fn start(program: &str, words: &[&str], configuration: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Apache drops root privileges before it reads the files that it serves.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let port = free_port();
        let place = folder.path().display().to_string();
        let filled = |text: &str| text.replace("FOLDER", &place).replace("PORT", &port.to_string());
        fs::write(folder.path().join("configuration"), filled(configuration)).unwrap();
        let hash = Command::new("htpasswd").args(["-Bbn", USERNAME, PASSWORD]).output().unwrap();
        fs::write(folder.path().join("htpasswd"), hash.stdout).unwrap();
        let log = folder.path().join("log");
        let process = Command::new(program)
            .args(words.iter().map(|word| filled(word)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut part = Self { process, folder, port };
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            let ended = part.process.try_wait().unwrap();
            assert!(ended.is_none(), "{program} has ended: {}", fs::read_to_string(&log).unwrap());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        part
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

/// A free port, below the ephemeral range (32768 to 60999) so that no other test gets it before the program has
/// started.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        // Concurrent test processes start their search at different ports.
        let port = 10_000 + (std::process::id().wrapping_mul(97).wrapping_add(step)) % 20_000;
        let port = u16::try_from(port).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Debian's `docker-registry`.
pub struct Registry(Part);

impl Registry {
    /// Starts one with these settings in and after the `http` section.
    pub async fn start(settings: &str) -> Self {
        Self::keeping("FOLDER/data", settings).await
    }

    /// Starts one whose images are in this folder.
    pub async fn keeping(data: &str, settings: &str) -> Self {
        let configuration = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\nstorage: {{filesystem: {{rootdirectory: {data}}}}}\nhttp:\n  addr: 127.0.0.1:PORT\n{settings}\n"
        );
        Self(Part::start("docker-registry", &["serve", "FOLDER/configuration"], &configuration).await)
    }

    pub fn authority(&self) -> String {
        self.0.authority()
    }

    pub fn port(&self) -> u16 {
        self.0.port
    }

    pub fn http(&self) -> Target {
        target(&format!("http://{}", self.authority()))
    }

    pub fn data(&self) -> PathBuf {
        self.0.folder().join("data")
    }

    pub fn push(&self, repository: &str, credentials: Option<&str>) {
        let image = self.0.folder().join("image");
        write_image(&image);
        let mut skopeo = Command::new("skopeo");
        skopeo.args(["copy", "--insecure-policy", "--dest-tls-verify=false"]);
        if let Some(credentials) = credentials {
            skopeo.args(["--dest-creds", credentials]);
        }
        let pushed = skopeo
            .arg(format!("oci:{}", image.display()))
            .arg(format!("docker://{}/{repository}:1", self.authority()))
            .output()
            .unwrap();
        assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
    }
}
