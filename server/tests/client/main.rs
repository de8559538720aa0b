//! The client as nodes and scripts start it: the real binary, with its files, against servers of every kind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cache;
mod console;
mod credential;
mod docker_helper;
mod export;
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
        "version": 1,
        "url": "https://registry.example:5000",
        "image_prefix": "registry.example:5000/team",
        "server": "registry.example:5000",
        "username": "robot$team+ci",
        "password": PASSWORD,
    })
}

/// A registry in a list whose credentials may be read.
fn registry(image_prefix: &str, username: Option<&str>) -> Value {
    let mut registry = unreadable(image_prefix, username);
    registry["status"]["credentials_readable"] = true.into();
    registry
}

/// A registry in a list whose credentials may not be read.
fn unreadable(image_prefix: &str, username: Option<&str>) -> Value {
    let (host, repository) = image_prefix.split_once('/').unwrap_or((image_prefix, ""));
    let time = "2026-11-30T20:00:00Z";
    json!({
        "api_version": "v1",
        "kind": "ImageRegistry",
        "metadata": {
            "name": "one", "workspace": "default", "labels": {}, "annotations": {}, "version": 1,
            "creation_timestamp": time, "created_by": "anna", "update_timestamp": time, "updated_by": "anna",
        },
        "spec": {
            "url": format!("https://{host}"), "repository": repository, "test_image": "",
            "trust": {"ca_certificates": "", "skip_verification": false, "token_service": ""},
        },
        "status": {
            "phase": "Connected", "reason": "", "last_transition_time": time, "last_checked_time": time,
            "last_connected_time": time, "checking": false, "image_prefix": image_prefix,
            "credentials": username.map(|username| json!({"username": username, "password_set_time": time})),
            "credentials_readable": false,
        },
    })
}
