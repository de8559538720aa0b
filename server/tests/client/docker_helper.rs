//! `docker-credential-portolan`.

use super::fake_server::{FakeServer, json, problem};
use super::machine::{Machine, TOKEN};
use super::{PASSWORD, credentials, registry, unreadable};
use api::problem::kind;
use serde_json::{Value, json};

#[test]
fn get_answers_with_what_portolan_has_for_the_server() {
    let server = FakeServer::answering(json(&credentials()));
    let machine = Machine::of(&[&server.url]);
    for ended in [
        machine.helper(&["get"], "registry.example:5000\n"),
        machine.portolan(&["docker-credential", "get"], "registry.example:5000"),
    ] {
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let expected = json!({"ServerURL": "registry.example:5000", "Username": "robot$team+ci", "Secret": PASSWORD});
        assert_eq!(ended.json(), expected);
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    let query = "server=registry.example%3A5000&purpose=docker-credential-helper";
    assert_eq!(requests[0].line, format!("GET /api/v1/credentials?{query}"));
    assert_eq!(requests[0].header("authorization"), Some(&*format!("Bearer {TOKEN}")));
    assert_eq!(requests[0].header("user-agent"), Some(concat!("portolan/", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn the_url_of_docker_hub_arrives_whole_and_is_repeated_in_the_answer() {
    let server = FakeServer::answering(json(&credentials()));
    let ended = Machine::of(&[&server.url]).helper(&["get"], "https://index.docker.io/v1/");
    assert_eq!(ended.json()["ServerURL"], "https://index.docker.io/v1/");
    let line = &server.requests()[0].line;
    assert!(line.contains("server=https%3A%2F%2Findex.docker.io%2Fv1%2F&"), "{line}");
}

#[test]
fn a_server_without_registry_or_without_password_gets_the_words_of_the_protocol() {
    let mut anonymous = credentials();
    anonymous["username"] = Value::Null;
    anonymous["password"] = Value::Null;
    for answer in [problem(404, kind::NO_REGISTRY, "No image registry has this host."), json(&anonymous)] {
        let server = FakeServer::answering(answer);
        let ended = Machine::of(&[&server.url]).helper(&["get"], "registry.example");
        assert_eq!((ended.code, &*ended.stdout), (Some(1), "credentials not found in native keychain\n"));
    }
    let server = FakeServer::answering(json(&credentials()));
    // What Docker keeps beside the log-in at its own registry.
    let ended = Machine::of(&[&server.url]).helper(&["get"], "https://index.docker.io/v1/access-token");
    assert_eq!((ended.code, &*ended.stdout), (Some(1), "credentials not found in native keychain\n"));
    let ended = Machine::of(&[&server.url]).helper(&["get"], "\n");
    assert_eq!((ended.code, &*ended.stdout), (Some(1), "no credentials server URL\n"));
    assert!(server.requests().is_empty());
}

#[test]
fn a_server_of_two_registries_is_refused_with_both_names() {
    let detail = "default/one and default/two have this host.";
    let server = FakeServer::answering(problem(409, kind::AMBIGUOUS, detail));
    let ended = Machine::of(&[&server.url]).helper(&["get"], "registry.example");
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.starts_with(detail) && ended.stdout.contains("portolan credential get"), "{ended:?}");
}

#[test]
fn store_and_erase_are_refused_without_asking_the_server() {
    let server = FakeServer::answering(json(&credentials()));
    let machine = Machine::of(&[&server.url]);
    let stored = json!({"ServerURL": "registry.example", "Username": "robot", "Secret": "canary"}).to_string();
    for (action, input, expected) in
        [("store", &*stored, "stores nothing"), ("erase", "registry.example", "removes nothing")]
    {
        let ended = machine.helper(&[action], input);
        assert_eq!(ended.code, Some(1));
        assert!(ended.stdout.contains(expected) && ended.stdout.contains("managed in Portolan"), "{ended:?}");
        assert!(!ended.said().contains("canary"), "{ended:?}");
    }
    for arguments in [&[][..], &["delete"], &["get", "registry.example"]] {
        let ended = machine.helper(arguments, "");
        assert_eq!(
            (ended.code, &*ended.stdout),
            (Some(1), "usage: docker-credential-portolan get|list|store|erase|version\n")
        );
    }
    assert!(server.requests().is_empty());
    assert_eq!(machine.helper(&["version"], "").code, Some(0));
}

#[test]
fn a_list_that_does_not_end_is_an_error_and_not_half_an_answer() {
    let server = FakeServer::answering(json(&json!({"items": [], "next_cursor": "c"})));
    let ended = Machine::of(&[&server.url]).portolan(&["docker-credential", "list"], "");
    assert!(ended.code == Some(1) && ended.stdout.contains("does not end"), "{ended:?}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn list_names_the_servers_that_get_has_an_answer_for() {
    let server = FakeServer::http(|request, connection| {
        let page = match request.line.contains("cursor=next%2Fpage") {
            false => json!({
                "items": [registry("one.example:5000/team", Some("robot$one")), registry("docker.io/team", Some("hub"))],
                "next_cursor": "next/page",
            }),
            true => json!({
                "items": [
                    registry("anonymous.example", None),
                    registry("two.example/a", Some("a")),
                    registry("two.example/b", Some("b")),
                    registry("three.example/a", Some("a")),
                    registry("three.example/b", None),
                    unreadable("four.example/a", Some("secret")),
                    registry("four.example/b", Some("b")),
                    registry("five.example/a", Some("a")),
                    registry("five.example", Some("whole")),
                    registry("six.example", None),
                    registry("six.example/a", Some("a")),
                    unreadable("seven.example", None),
                    registry("seven.example/a", Some("a")),
                ],
                "next_cursor": null,
            }),
        };
        connection.write_all(&json(&page)).unwrap();
    });
    let ended = Machine::of(&[&server.url]).helper(&["list"], "");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let expected = json!({
        "https://index.docker.io/v1/": "hub",
        "one.example:5000": "robot$one",
        "four.example": "b",
        "five.example": "whole",
        "seven.example": "a",
    });
    assert_eq!(ended.json(), expected);
}
