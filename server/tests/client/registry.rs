//! A real registry with awkward accounts.

use super::fake_server::Authority;
use super::image::write_image;
use serde_json::json;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Usernames and passwords of the registry.
pub const ACCOUNTS: [(&str, &str); 3] = [
    ("robot$team+ci", "p\"a\\s's $HOME"),
    ("_json_key", "{\n  \"type\": \"service_account\",\n  \"private_key\": \"-----\\n\"\n}\n"),
    ("m\u{fc}ller $(id)", "\u{5bc6}\u{94a5} `id` %41 &quot; \u{1f5dd}"),
];

/// The password of the account `long`: 4 KiB.
pub fn long_password() -> String {
    let password = "\u{1f511}\u{e9}\u{4e2d}\"\\'".repeat(400);
    assert!(password.len() > 4096);
    password
}

/// Debian's registry, which stops when dropped.
pub struct Registry {
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
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let ca = Authority::new();
        let (certificate, key) = ca.certify("127.0.0.1");
        fs::create_dir(path("trusted")).unwrap();
        fs::write(path("trusted/ca.crt"), &ca.pem).unwrap();
        fs::write(path("tls.pem"), certificate.pem()).unwrap();
        fs::write(path("tls.key"), key.serialize_pem()).unwrap();
        let long = long_password();
        let hashes = ACCOUNTS.into_iter().chain([("long", &*long)]).map(|(username, password)| {
            // bcrypt goes no further, and the tool takes no more.
            let password = &password.as_bytes()[..password.len().min(72)];
            let mut command = Command::new("htpasswd");
            let output = command.args(["-Bbn", username]).arg(OsStr::from_bytes(password)).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            output.stdout
        });
        fs::write(path("htpasswd"), hashes.flatten().collect::<Vec<_>>()).unwrap();
        // The port is free again for as long as the registry takes to start.
        let authority = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let configuration = json!({
            "version": "0.1",
            "log": {"level": "error", "accesslog": {"disabled": true}},
            "storage": {"filesystem": {"rootdirectory": path("images")}},
            "http": {"addr": authority, "tls": {"certificate": path("tls.pem"), "key": path("tls.key")}},
            "auth": {"htpasswd": {"realm": "test", "path": path("htpasswd")}},
        });
        fs::write(path("configuration"), configuration.to_string()).unwrap();
        let mut command = Command::new("docker-registry");
        command.args(["serve", &path("configuration")]).stdin(Stdio::null()).stdout(Stdio::null());
        let mut process = command.stderr(File::create(path("log")).unwrap()).spawn().unwrap();
        while TcpStream::connect(&authority).is_err() {
            assert!(process.try_wait().unwrap().is_none(), "{}", fs::read_to_string(path("log")).unwrap());
            std::thread::sleep(Duration::from_millis(25));
        }
        Self { process, folder, authority }
    }

    /// Host and port.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.authority)
    }

    /// A file in its folder. `trusted` holds its CA.
    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Pushes the image `team/app:1`.
    pub fn push(&self, (username, password): (&str, &str)) {
        let image = self.path("image");
        write_image(image.as_ref());
        let (credentials, trusted) = (format!("{username}:{password}"), self.path("trusted"));
        let (from, to) = (format!("oci:{image}"), format!("docker://{}/team/app:1", self.authority));
        let arguments = ["--dest-creds", &credentials, "--dest-cert-dir", &trusted, &from, &to];
        let pushed = Command::new("skopeo").args(["copy", "--insecure-policy"]).args(arguments).output().unwrap();
        assert!(pushed.status.success(), "{pushed:?}");
    }
}
