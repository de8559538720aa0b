//! A real server of Portolan, and real clients that pull from a real registry: skopeo and podman from Debian's
//! `docker-registry`, with TLS from a CA of its own and a password file.

use super::console::Console;
use super::machine::Machine;
use super::registry::{ACCOUNTS, Registry, long_password};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;

/// Podman needs root: of a user namespace, which everybody may be, without the images and locks of this machine.
const AS_ROOT: [&str; 7] = [
    "--user",
    "--map-root-user",
    "--mount",
    "sh",
    "-c",
    "mount -t tmpfs none /var/lib && mount -t tmpfs none /dev/shm && exec \"$@\"",
    "sh",
];

/// Runs a client of registries that finds credentials for this registry only by the helper.
fn run(machine: &Machine, registry: &Registry, program: &str, arguments: &[&str]) -> Output {
    let config = json!({"credHelpers": {registry.authority(): "portolan"}});
    machine.write("auth.json", &config.to_string());
    let auth = machine.path("auth.json").display().to_string();
    machine.command(program).args(arguments).env("REGISTRY_AUTH_FILE", auth).output().unwrap()
}

#[test]
fn skopeo_and_podman_pull_with_the_helper_whatever_is_in_a_password() {
    let (registry, console) = (Registry::start(), Console::start());
    registry.push(ACCOUNTS[0]);
    let machine = console.machine("");
    let (image, trusted) = (format!("docker://{}/team/app:1", registry.authority()), registry.path("trusted"));
    let copy = |to: &str| {
        let to = format!("dir:{to}");
        run(&machine, &registry, "skopeo", &["copy", "--insecure-policy", "--src-cert-dir", &trusted, &image, &to])
    };
    // Without a registry in Portolan, skopeo goes on without credentials, and is refused.
    let refused = copy(&registry.path("none"));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("authentication required"), "{said}");

    console.create("team", &registry.url(), "", Some(ACCOUNTS[1]));
    let long = long_password();
    for (index, account) in ACCOUNTS.into_iter().chain([("long", &*long)]).enumerate() {
        console.set_credentials("team", account);
        let to = registry.path(&format!("pulled-{index}"));
        let pulled = copy(&to);
        assert!(pulled.status.success() && Path::new(&to).join("manifest.json").exists(), "{account:?}: {pulled:?}");
        let [root, state] = ["root", "state"].map(|name| registry.path(name));
        let place = ["podman", "--root", &root, "--runroot", &state, "--storage-driver", "vfs"];
        let pull = ["pull", "--cert-dir", &trusted, image.trim_start_matches("docker://")];
        let pulled = run(&machine, &registry, "unshare", &[&AS_ROOT[..], &place, &pull].concat());
        assert!(pulled.status.success(), "{account:?}: {pulled:?}");
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
    // Only the registry without a repository has a prefix of a host.
    let whole = machine.helper(&["get"], "registry.example").json();
    assert_eq!((&whole["Username"], &whole["Secret"]), (&"robot".into(), &"one".into()));
    console.create("a", "https://parts.example", "a", Some(("robot", "four")));
    console.create("b", "https://parts.example", "b", Some(("robot", "five")));
    let both = machine.helper(&["get"], "parts.example");
    assert!(both.code == Some(1) && both.stdout.contains("default/a") && both.stdout.contains("default/b"), "{both:?}");
    for server in ["open.example", "none.example"] {
        assert_eq!(machine.helper(&["get"], server).stdout, "credentials not found in native keychain\n", "{server}");
    }
    let listed = json!({"https://index.docker.io/v1/": "hub", "registry.example": "robot"});
    assert_eq!(machine.helper(&["list"], "").json(), listed);
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
