//! Runs every command of docs/guides/temporary-registry.md.

use super::fake_server::{Names, PULL_VERIFIED, TargetExt, client, target};
use super::image::write_image;
use super::parts::free_port;
use domain::{Credentials, Secret};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The home directory of somebody who follows the guide. What the guide has started ends with it.
struct Home(tempfile::TempDir);

impl Drop for Home {
    fn drop(&mut self) {
        if let Ok(process) = fs::read_to_string(self.registry().join("registry.pid")) {
            let _ = Command::new("kill").arg(process.trim()).stderr(Stdio::null()).status();
        }
    }
}

impl Home {
    fn registry(&self) -> PathBuf {
        self.0.path().join("registry")
    }

    /// Runs commands one after the other, in one shell. Returns what they print.
    fn run(&self, commands: &str) -> String {
        let mut shell = Command::new("bash");
        let shell = shell.args(["-euo", "pipefail", "-c", commands]).env("HOME", self.0.path()).current_dir(&self.0);
        // What stays in the background must not hold the pipes open.
        let (out, errors) = (self.0.path().join("out"), self.0.path().join("errors"));
        let status =
            shell.stdout(fs::File::create(&out).unwrap()).stderr(fs::File::create(&errors).unwrap()).status().unwrap();
        let said = fs::read_to_string(out).unwrap();
        assert!(status.success(), "{said}{}", fs::read_to_string(errors).unwrap());
        said
    }
}

/// The commands of each section, for this machine and port.
fn commands(port: u16) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides/temporary-registry.md");
    let text = fs::read_to_string(path).unwrap();
    let chosen = "HOST=registry.example.com PORT=5443";
    assert!(text.contains(chosen));
    let text = text.replace(chosen, &format!("HOST=localhost PORT={port}"));
    let blocks = text.split("```sh\n").skip(1);
    blocks.map(|block| block.split_once("```").unwrap().0.to_owned()).collect()
}

#[tokio::test]
async fn the_guide_leads_to_a_registry_that_is_connected_and_that_a_node_pulls_from() {
    let home = Home(tempfile::tempdir().unwrap());
    let port = free_port();
    let commands = commands(port);
    let [name, certificate, password, start, push, pull, remove] = &*commands else { panic!("{commands:?}") };
    let said = home.run(&[name, certificate, password, start].map(String::as_str).concat());
    assert!(said.lines().any(|line| line == "401"), "{said}");

    let image = home.0.path().join("image");
    write_image(&image);
    let archive = format!("docker-archive:{}:busybox:1.36", home.registry().join("image.tar").display());
    home.run(&format!("skopeo copy --insecure-policy oci:{} {archive}", image.display()));
    home.run(&format!("{name}{push}{pull}"));
    assert!(home.registry().join("pulled/manifest.json").exists());

    let content = |file: &str| fs::read_to_string(home.registry().join(file)).unwrap();
    let registry = target(&format!("https://localhost:{port}")).trusting(&content("ca.pem"));
    let mut registry = registry.pulling("lab").testing("busybox:1.36");
    let password = Secret::new(content("password").trim());
    registry.credentials = Some(Credentials { username: "robot".to_owned(), password });
    let report = client(Names::default().with("localhost", &["127.0.0.1"])).check(&registry).await;
    assert_eq!(report.finding, PULL_VERIFIED, "{report:?}");

    home.run(&format!("{name}{remove}"));
    assert!(!home.registry().exists());
}
