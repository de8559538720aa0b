//! A real server of Portolan, and real clients that pull from a real registry: skopeo and podman from Debian's
//! `docker-registry`, with TLS from a CA of its own and a password file. Podman needs root, or the set-up of a rootless
//! user.

use super::console::Console;
use super::fake_server::Authority;
use super::image::write_image;
use super::machine::Machine;
use super::process::is_root;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Usernames and passwords of the registry. Only the first 72 bytes of a password matter to its file.
const ACCOUNTS: [(&str, &str); 3] = [
    ("robot$team+ci", "p\"a\\s's $HOME"),
    ("_json_key", "{\n  \"type\": \"service_account\",\n  \"private_key\": \"-----\\n\"\n}\n"),
    ("m\u{fc}ller $(id)", "\u{5bc6}\u{94a5} `id` %41 &quot; \u{1f5dd}"),
];

/// Debian's registry, which stops when dropped.
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
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let ca = Authority::new();
        let (certificate, key) = ca.certify("127.0.0.1");
        fs::create_dir(path("trusted")).unwrap();
        fs::write(path("trusted/ca.crt"), &ca.pem).unwrap();
        fs::write(path("tls.pem"), certificate.pem()).unwrap();
        fs::write(path("tls.key"), key.serialize_pem()).unwrap();
        let hashes = ACCOUNTS.map(|(username, password)| {
            let output = Command::new("htpasswd").args(["-Bbn", username, password]).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            output.stdout
        });
        fs::write(path("htpasswd"), hashes.concat()).unwrap();
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

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Runs a client of registries that finds credentials only by the helper.
    fn run(&self, machine: &Machine, program: &str, arguments: &[&str]) -> Output {
        let config = json!({"credHelpers": {&self.authority: "portolan"}});
        machine.write("auth.json", &config.to_string());
        machine.command(program).args(arguments).output().unwrap()
    }

    fn pull(&self, machine: &Machine, to: &str) -> Output {
        let auth = machine.path("auth.json").display().to_string();
        let (from, to) = (format!("docker://{}/team/app:1", self.authority), format!("dir:{}", self.path(to)));
        let trusted = self.path("trusted");
        let arguments = ["copy", "--insecure-policy", "--authfile", &auth, "--src-cert-dir", &trusted, &from, &to];
        self.run(machine, "skopeo", &arguments)
    }
}

#[test]
fn skopeo_and_podman_work_with_the_helper_whatever_is_in_a_password() {
    let (registry, console) = (Registry::start(), Console::start());
    let url = format!("https://{}", registry.authority);
    let machine = console.machine("");
    let auth = machine.path("auth.json").display().to_string();
    let trusted = registry.path("trusted");
    // Without a registry in Portolan, skopeo goes on without credentials, and is refused.
    let refused = registry.pull(&machine, "none");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("authentication required"), "{said}");

    for (index, (username, password)) in ACCOUNTS.into_iter().enumerate() {
        let name = format!("r{index}");
        console.create(&name, &url, "", Some((username, password)));
        if index == 0 {
            let image = registry.path("image");
            write_image(image.as_ref());
            let (from, to) = (format!("oci:{image}"), format!("docker://{}/team/app:1", registry.authority));
            let push = ["copy", "--insecure-policy", "--authfile", &auth, "--dest-cert-dir", &trusted, &from, &to];
            let pushed = registry.run(&machine, "skopeo", &push);
            assert!(pushed.status.success(), "{pushed:?}");
        }
        let pulled = registry.pull(&machine, &name);
        assert!(pulled.status.success(), "{username}: {pulled:?}");
        assert!(registry.folder.path().join(&name).join("manifest.json").exists());
        if index == 0 && is_root() {
            let [root, run] = ["root", "run"].map(|name| registry.path(name));
            let image = format!("{}/team/app:1", registry.authority);
            let place = ["--root", &root, "--runroot", &run, "--storage-driver", "vfs"];
            let pull = ["pull", "--authfile", &auth, "--cert-dir", &trusted, &image];
            let pulled = registry.run(&machine, "podman", &[&place[..], &pull].concat());
            assert!(pulled.status.success(), "{pulled:?}");
        }
        console.delete(&name);
    }
}

#[test]
fn what_a_node_reads_is_told_apart_by_the_image_recorded_and_over_once_the_token_is_revoked() {
    let console = Console::start();
    console.create("all", "https://registry.example", "", Some(("robot", "one")));
    console.create("team", "https://registry.example", "team", Some(("robot$team", "two\nlines")));
    console.create("hub", "https://docker.io", "", Some(("hub", "three")));
    console.create("open", "https://open.example", "", None);
    let machine = console.machine("cache_max_age = \"1h\"\ncache_folder = \"cache\"\n");

    let auth = |image: &str| machine.kubelet(image).json()["auth"].clone();
    let entry = |username: &str, password: &str| json!({"username": username, "password": password});
    assert_eq!(auth("registry.example/team/app"), json!({"registry.example/team": entry("robot$team", "two\nlines")}));
    assert_eq!(auth("registry.example/teams/app"), json!({"registry.example": entry("robot", "one")}));
    assert_eq!(auth("docker.io/library/nginx"), json!({"docker.io": entry("hub", "three")}));
    assert_eq!((auth("open.example/app"), auth("none.example/app")), (json!({}), json!({})));

    let hub = machine.helper(&["get"], "https://index.docker.io/v1/").json();
    assert_eq!(hub, json!({"ServerURL": "https://index.docker.io/v1/", "Username": "hub", "Secret": "three"}));
    let both = machine.helper(&["get"], "registry.example");
    assert!(
        both.code == Some(1) && both.stdout.contains("default/all") && both.stdout.contains("default/team"),
        "{both:?}"
    );
    for server in ["open.example", "none.example"] {
        assert_eq!(machine.helper(&["get"], server).stdout, "credentials not found in native keychain\n", "{server}");
    }
    assert_eq!(machine.helper(&["list"], "").json(), json!({"https://index.docker.io/v1/": "hub"}));
    let read = machine.portolan(&["credential", "get", "default/team", "--field", "password", "--purpose", "CI"], "");
    assert_eq!((read.code, &*read.stdout), (Some(0), "two\nlines"));

    let audit = console.api("GET", "audit", &Value::Null).to_string();
    for recorded in ["node-pool-a", "kubelet-credential-provider", "docker-credential-helper", "CI"] {
        assert!(audit.contains(recorded), "{recorded}: {audit}");
    }

    let tokens = console.api("GET", "tokens", &Value::Null);
    let token = tokens["items"].as_array().unwrap().iter().find(|token| token["name"] == "node-pool-a").unwrap();
    console.api("DELETE", &format!("tokens/{}", token["id"].as_str().unwrap()), &Value::Null);
    let refused = machine.kubelet("registry.example/team/app");
    assert!(refused.code == Some(1) && refused.stderr.contains("token"), "{refused:?}");
}

#[test]
fn a_node_that_has_asked_before_goes_on_while_the_console_is_gone() {
    let console = Console::start();
    console.create("all", "https://registry.example", "", Some(("robot", "one")));
    let machine = console.machine("cache_max_age = \"1h\"\ncache_folder = \"cache\"\n");
    let before = machine.helper(&["get"], "registry.example").json();
    console.stop();
    assert_eq!(machine.helper(&["get"], "registry.example").json(), before);
    assert_eq!(machine.helper(&["get"], "other.example").code, Some(1));
}
