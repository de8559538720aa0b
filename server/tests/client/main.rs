//! The client as nodes and scripts start it: the real binary, with its files, against servers of every kind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cache;
mod console;
mod credential;
mod docker_helper;
mod fake_server;
mod faults;
mod guides;
#[path = "../probe/image.rs"]
mod image;
mod kubelet_provider;
mod machine;
#[expect(dead_code, reason = "some of it is for the tests of the server")]
#[path = "../faults/process.rs"]
mod process;
mod real;
mod registry;
mod temporary_registry;

use serde_json::{Value, json};

/// A password with everything that shells, JSON and quoting get wrong.
const PASSWORD: &str = "p\"a\\s's $HOME `id` %s\u{e4}\u{1f5dd}";

/// The credentials of a registry, as Portolan answers.
fn credentials() -> Value {
    json!({
        "workspace": "default",
        "name": "team",
        "url": "https://registry.example:5000",
        "image_prefix": "registry.example:5000/team",
        "server": "registry.example:5000",
        "username": "robot$team+ci",
        "password": PASSWORD,
    })
}
