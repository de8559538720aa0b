//! `portolan credential get`.

use super::fake_server::{FakeServer, answer, json, nobody, problem};
use super::machine::Machine;
use super::{PASSWORD, credentials};
use api::problem::kind;
use serde_json::Value;

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
    let server = FakeServer::answering(answer("200 OK", "application/yaml; charset=utf-8", file));
    let ended = Machine::of(&[&server.url]).portolan(&["credential", "get", "default/team", "--format", "secret"], "");
    assert_eq!((ended.code, &*ended.stdout), (Some(0), file));
    let line = &server.requests()[0].line;
    assert!(line.ends_with("/team/credentials?format=secret&purpose=credential%20get"), "{line}");
    // Not without having asked for one.
    let ended = Machine::of(&[&server.url]).portolan(&["credential", "get", "default/team"], "");
    assert!(ended.code == Some(6) && ended.stderr.contains("answers application/yaml"), "{ended:?}");
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
        (json(&credentials()), &["team"], 2, "is not WORKSPACE/NAME"),
        (json(&credentials()), &[], 2, "required"),
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
