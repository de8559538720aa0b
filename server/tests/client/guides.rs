//! Runs every command of the guides for machines, in their order, as somebody who follows them.

use super::console::Console;
use super::machine::TOKEN;
use super::registry::{ACCOUNTS, Registry};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A machine on which somebody follows a guide. `/etc` is a folder, and what the guides call `registry.example.com` and
/// `portolan.example.com` is real.
struct Reader {
    folder: TempDir,
    registry: Registry,
    console: Console,
}

impl Reader {
    fn new() -> Self {
        let (registry, console) = (Registry::start(), Console::checking_every("5"));
        console.create("team", &registry.url(), "team", Some(ACCOUNTS[0]));
        let reader = Self { folder: tempfile::tempdir().unwrap(), registry, console };
        fs::create_dir_all(reader.path("bin")).unwrap();
        for name in ["portolan", "docker-credential-portolan"] {
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_portolan"), reader.path("bin").join(name)).unwrap();
        }
        // Where skopeo looks for the CA of a registry.
        let trusted = reader.path("home/.config/containers/certs.d").join(reader.registry.authority());
        fs::create_dir_all(&trusted).unwrap();
        fs::copy(reader.registry.path("trusted/ca.crt"), trusted.join("ca.crt")).unwrap();
        fs::create_dir_all(reader.path("etc/kubernetes")).unwrap();
        reader
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// The commands of a guide, for this machine.
    fn commands(&self, guide: &str) -> Vec<String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides").join(guide);
        let text = fs::read_to_string(path).unwrap();
        let text = text
            .replace("https://portolan.example.com", &self.console.url())
            .replace("registry.example.com", self.registry.authority())
            .replace("/etc/", &format!("{}/", self.path("etc").display()));
        text.split("```sh\n").skip(1).map(|block| block.split_once("```").unwrap().0.to_owned()).collect()
    }

    /// Runs commands in one shell, with this on its standard input. Returns what they print.
    fn run(&self, commands: &str, input: &str) -> String {
        let typed = self.path("typed");
        fs::write(&typed, input).unwrap();
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", commands]).current_dir(self.path("home")).env_clear();
        shell.env("HOME", self.path("home")).env("PORTOLAN_CONFIG", self.path("etc/portolan/client.toml"));
        shell.env("PATH", format!("{}:/usr/bin:/bin", self.path("bin").display()));
        let output = shell.stdin(Stdio::from(fs::File::open(typed).unwrap())).output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{commands}: {said}");
        said
    }

    /// Follows the guide that all others begin with.
    fn configured(self) -> Self {
        let token = self.console.create_token("node-pool-a", "Viewer");
        let commands = self.commands("client-configuration.md");
        let [token_file, file, try_it] = &*commands else { panic!("{commands:?}") };
        self.run(token_file, &format!("{token}\n"));
        self.run(file, "");
        assert_eq!(self.run(try_it, ""), ACCOUNTS[0].0);
        self
    }

    fn allow_any_image(&self) {
        let policy = r#"{"default": [{"type": "insecureAcceptAnything"}]}"#;
        fs::write(self.path("home/.config/containers/policy.json"), policy).unwrap();
    }
}

#[test]
fn the_guide_for_docker_and_podman_leads_to_a_pull_without_a_stored_password() {
    let reader = Reader::new().configured();
    reader.allow_any_image();
    reader.registry.push(ACCOUNTS[0]);
    let commands = reader.commands("docker-credential-helper.md");
    let [one, ask, pull, every, why] = &*commands else { panic!("{commands:?}") };
    let answer = reader.run(&format!("{one}{ask}"), "");
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((&answer["Username"], &answer["Secret"]), (&ACCOUNTS[0].0.into(), &ACCOUNTS[0].1.into()));
    reader.run(pull, "");
    assert!(reader.path("home/pulled/manifest.json").exists());
    // And again, with the helper for every registry in place of the one for this.
    reader.run(&format!("rm -r ~/.docker pulled\n{every}{pull}"), "");
    assert!(reader.path("home/pulled/manifest.json").exists());
    assert_eq!(ask, why);
}

#[test]
fn the_guide_for_the_kubelet_leads_to_a_response() {
    let reader = Reader::new().configured();
    let commands = reader.commands("kubelet-credential-provider.md");
    let [program, configuration, try_it] = &*commands else { panic!("{commands:?}") };
    reader.run(&format!("{program}{configuration}"), "");
    let response: serde_json::Value = serde_json::from_str(&reader.run(try_it, "")).unwrap();
    let prefix = format!("{}/team", reader.registry.authority());
    assert_eq!(response["auth"][prefix]["password"], ACCOUNTS[0].1);
    let configuration = fs::read_to_string(reader.path("etc/kubernetes/credential-providers.yaml")).unwrap();
    assert!(configuration.contains(response["apiVersion"].as_str().unwrap()));
}

#[test]
fn the_guide_to_manifests_leads_from_a_plan_to_a_connected_registry_and_back() {
    let reader = Reader::new().configured();
    fs::write(reader.path("token"), &reader.console.token).unwrap();
    fs::set_permissions(reader.path("token"), fs::Permissions::from_mode(0o600)).unwrap();
    let administrator = format!("export PORTOLAN_TOKEN_FILE={}\n", reader.path("token").display());

    // The manifest of the guide, with what only this machine knows.
    reader.registry.push(ACCOUNTS[0]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides/manifests.md");
    let text = fs::read_to_string(path).unwrap();
    let manifest = text.split_once("```yaml\n").unwrap().1.split_once("```").unwrap().0;
    let (before, rest) = manifest.split_once("      -----BEGIN CERTIFICATE-----\n").unwrap();
    let (_, after) = rest.split_once("      -----END CERTIFICATE-----\n").unwrap();
    let certificate = fs::read_to_string(reader.registry.path("trusted/ca.crt")).unwrap();
    let certificate: String = certificate.lines().map(|line| format!("      {line}\n")).collect();
    let manifest = format!("{before}{certificate}{after}")
        .replace("registry.example.com:5000", reader.registry.authority())
        .replace("app:1.2", "app:1")
        .replace("username: robot", &format!("username: {}", ACCOUNTS[0].0));
    fs::write(reader.path("home/registries.yaml"), manifest).unwrap();
    fs::create_dir(reader.path("home/secrets")).unwrap();
    fs::write(reader.path("home/secrets/harbor"), ACCOUNTS[0].1).unwrap();

    let commands = reader.commands("manifests.md");
    let [_, plan, apply, export, delete] = &*commands else { panic!("{commands:?}") };
    assert!(reader.run(&format!("{administrator}{plan}"), "").contains("Plan: 2 to create."));
    let applied = reader.run(&format!("{administrator}{apply}"), "");
    assert!(applied.contains("Applied.") && applied.contains("team/harbor: Connected."), "{applied}");
    let same = reader.run(&format!("{administrator}{export}"), "");
    assert!(same.contains("Connected") && same.contains("Plan: 1 the same."), "{same}");
    assert!(!fs::read_to_string(reader.path("home/exported.yaml")).unwrap().contains(ACCOUNTS[0].1));
    let deleted = reader.run(&format!("{administrator}{delete}"), "");
    assert!(deleted.contains("Deleted workspace team."), "{deleted}");
}

#[test]
fn the_guide_for_scripts_leads_to_a_log_in() {
    let reader = Reader::new().configured();
    let commands = reader.commands("scripts.md");
    let [which, log_in, format, folder, purpose] = &*commands else { panic!("{commands:?}") };
    assert_eq!(reader.run(which, "").matches("\"workspace\": \"default\"").count(), 3);
    assert!(reader.run(log_in, "").contains("Login Succeeded"));
    reader.run(&format!("{format}{folder}"), "");
    assert!(fs::read_to_string(reader.path("home/secret.yaml")).unwrap().contains("kind: Secret"));
    assert!(reader.path("home/node/auth.toml").exists());
    assert_eq!(reader.run(purpose, ""), ACCOUNTS[0].0);
    let audit = reader.console.api("GET", "audit", &serde_json::Value::Null).to_string();
    assert!(audit.contains("nightly build") && !audit.contains(TOKEN));
}
