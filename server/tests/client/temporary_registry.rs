//! Runs every command of docs/guides/temporary-registry.md.

use super::console::Console;
use super::image::write_image;
use serde_json::json;
use std::fs;
use std::net::TcpListener;
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

#[test]
fn the_guide_leads_to_a_registry_that_is_connected_and_that_a_node_pulls_from() {
    let home = Home(tempfile::tempdir().unwrap());
    // The port is free again for as long as the registry takes to start.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
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

    // As the page of step 7 does.
    let content = |file: &str| fs::read_to_string(home.registry().join(file)).unwrap();
    let spec = json!({
        "url": format!("https://localhost:{port}"),
        "repository": "lab",
        "test_image": "busybox:1.36",
        "trust": {"ca_certificates": content("ca.pem")},
        "authconfig": {"username": "robot", "password": content("password").trim()},
    });
    let console = Console::checking_every("5");
    let created = json!({"metadata": {"name": "temporary"}, "spec": spec});
    console.api("POST", "workspaces/default/image_registries", &created);
    let machine = console.machine("");
    let wait = ["wait", "image-registry/temporary", "--for=Connected", "--timeout", "60s"];
    let connected = machine.portolan(&wait, "");
    assert_eq!(connected.code, Some(0), "{connected:?}");
    let tested = console.api("POST", "workspaces/default/image_registries/temporary/test", &json!({}));
    assert_eq!(tested["phase"], "Connected", "{tested}");
    assert!(tested["reason"].as_str().unwrap().contains("pull"), "{tested}");

    home.run(&format!("{name}{remove}"));
    assert!(!home.registry().exists());
}
