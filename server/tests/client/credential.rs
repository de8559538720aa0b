//! `portolan credential get`.

use super::fake_server::{FakeServer, json, nobody, problem};
use super::machine::{Machine, TOKEN};
use super::{PASSWORD, credentials};
use api::problem::kind;
use serde_json::{Value, json as object};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_registry_is_asked_for_by_its_name_its_server_or_an_image() {
    let server = FakeServer::answering(json(&credentials()));
    let machine = Machine::of(&[&server.url]);
    for (arguments, path) in [
        (&["default/team"][..], "workspaces/default/image_registries/team/credentials?purpose=credential%20get"),
        (&["--server", "registry.example:5000"], "credentials?server=registry.example%3A5000&purpose=credential%20get"),
        (
            &["--image", "registry.example:5000/team/a:1", "--purpose", "CI & more"],
            "credentials?image=registry.example%3A5000%2Fteam%2Fa%3A1&purpose=CI%20%26%20more",
        ),
    ] {
        let ended = machine.portolan(&[&["credential", "get"], arguments].concat(), "");
        assert_eq!((ended.code, ended.json()), (Some(0), credentials()));
        assert_eq!(server.requests().last().unwrap().line, format!("GET /api/v1/{path}"));
    }
}

#[test]
fn a_field_is_printed_byte_for_byte() {
    let key = "{\n  \"type\": \"service_account\"\n}\n";
    for password in [PASSWORD, key, " \t", &"\u{5bc6}\u{94a5}".repeat(700)] {
        let mut credentials = credentials();
        credentials["password"] = password.into();
        let server = FakeServer::answering(json(&credentials));
        let machine = Machine::of(&[&server.url]);
        let ended = machine.portolan(&["credential", "get", "default/team", "--field", "password"], "");
        assert_eq!((ended.code, &*ended.stdout), (Some(0), password));
    }
}

#[test]
fn a_format_is_printed_as_the_server_writes_it() {
    let file = "apiVersion: v1\nkind: Secret\n";
    let files = |files: &[(&str, &str)]| {
        let files: Vec<_> = files.iter().map(|(path, content)| object!({"path": path, "content": content})).collect();
        FakeServer::answering(json(&object!({ "files": files })))
    };
    let get = |server: &FakeServer, more: &[&str]| {
        let machine = Machine::of(&[&server.url]);
        let words = [&["credential", "get", "default/team", "--format", "kubernetes-secret"], more].concat();
        let ended = machine.portolan(&words, "");
        (machine, ended)
    };
    let server = files(&[("secret.yaml", file)]);
    let (_, ended) = get(&server, &[]);
    assert_eq!((ended.code, &*ended.stdout), (Some(0), file));
    let line = &server.requests()[0].line;
    assert!(line.ends_with("/team/credentials?format=kubernetes-secret&purpose=credential%20get"), "{line}");

    // Several files go into a folder, and never beyond it.
    let server = files(&[("/etc/certs.d/a/hosts.toml", "a"), ("auth.toml", PASSWORD), ("../../../escaped", "c")]);
    let (_, ended) = get(&server, &[]);
    assert!(ended.code == Some(2) && ended.stderr.contains("name a folder with --output-dir"), "{ended:?}");
    assert!(!ended.said().contains(PASSWORD));
    let server = files(&[("/etc/certs.d/a/hosts.toml", "a"), ("auth.toml", PASSWORD), ("../../../escaped", "c")]);
    let folder = tempfile::tempdir().unwrap();
    let node = folder.path().join("node");
    let (_, ended) = get(&server, &["--output-dir", node.to_str().unwrap()]);
    assert_eq!((ended.code, &*ended.stdout), (Some(0), ""), "{ended:?}");
    for (path, content) in [("etc/certs.d/a/hosts.toml", "a"), ("auth.toml", PASSWORD), ("escaped", "c")] {
        assert_eq!(fs::read_to_string(node.join(path)).unwrap(), content);
        assert_eq!(fs::metadata(node.join(path)).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let ended = Machine::of(&[&server.url]).portolan(&["credential", "get", "default/team", "--format", "xml"], "");
    assert!(ended.code == Some(2) && ended.stderr.contains("k3s-registries"), "{ended:?}");
}

#[test]
fn a_registry_without_workspace_is_in_the_default_one_and_one_has_to_be_named() {
    let server = FakeServer::answering(json(&credentials()));
    let ended = Machine::of(&[&server.url]).portolan(&["credential", "get", "team"], "");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let line = &server.requests()[0].line;
    assert!(line.starts_with("GET /api/v1/workspaces/default/image_registries/team/credentials"), "{line}");
    let ended = Machine::of(&[&server.url]).portolan(&["credential", "get"], "");
    assert!(ended.code == Some(2) && ended.stderr.contains("--server, or an --image"), "{ended:?}");
}

/// A server that is not what it seems to be.
#[test]
fn what_a_server_says_is_shown_without_escape_sequences_and_without_the_token() {
    let detail = format!("\u{1b}]0;title\u{7} you sent {TOKEN}");
    let server = FakeServer::answering(problem(403, kind::FORBIDDEN, &detail));
    let machine = Machine::of(&[&server.url]);
    let helper = machine.portolan(&["docker-credential", "get"], "registry.example.com");
    let provider = machine.kubelet("registry.example.com/app");
    for ended in [machine.portolan(&["credential", "get", "a/b"], ""), helper, provider] {
        let said = ended.said();
        assert!(said.contains("you sent (the token)") && !said.contains(['\u{1b}', '\u{7}']), "{said:?}");
    }
}

#[test]
fn scripts_can_tell_by_the_exit_code_what_went_wrong() {
    let mut anonymous = credentials();
    anonymous["username"] = Value::Null;
    anonymous["password"] = Value::Null;
    let get = |answer: Vec<u8>, arguments: &[&str]| {
        let server = FakeServer::answering(answer);
        let ended = Machine::of(&[&server.url]).portolan(&[&["credential", "get"], arguments].concat(), "");
        assert_eq!(ended.stdout, "");
        (ended.code, ended.stderr)
    };
    for (answer, arguments, code, expected) in [
        (problem(404, kind::NO_REGISTRY, "None."), &["--image", "a.example/b"][..], 3, "matches image=a.example/b"),
        (
            problem(404, kind::NOT_FOUND, "There is no such registry."),
            &["default/team"],
            3,
            "There is no such registry.",
        ),
        (json(&anonymous), &["default/team", "--field", "password"], 3, "neither username nor password"),
        (problem(403, kind::FORBIDDEN, "This token may not read credentials."), &["default/team"], 4, "may not read"),
        (json(&credentials()), &["a/b/c"], 2, "is not the name of an image registry"),
        (json(&credentials()), &["default/team", "--image", "a.example/b"], 2, "cannot be used with"),
    ] {
        let (found, said) = get(answer, arguments);
        assert!(found == Some(code) && said.contains(expected), "{arguments:?}: {found:?} {said}");
    }
    let ended = Machine::of(&[&nobody()]).portolan(&["credential", "get", "default/team"], "");
    assert!(ended.code == Some(6) && ended.stderr.contains("it refuses connections"), "{ended:?}");
}

#[test]
fn a_configuration_with_a_mistake_is_refused_with_a_sentence() {
    let machine = Machine::of(&["https://portolan.example"]);
    machine.write("client.toml", "servers = [\"http://portolan.example\"]\ntoken_file = \"token\"\n");
    let get = || machine.portolan(&["credential", "get", "default/team"], "").stderr;
    assert!(get().contains("only over https"));
    machine.write("client.toml", "servers = [\"https://portolan.example\"]\ntoken_file = \"token\"\n");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(machine.path("token"), open).unwrap();
    assert!(get().contains("others may read the token file") && get().contains("chmod 600"));
}
