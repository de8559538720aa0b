//! `portolan export`.

use super::fake_server::{FakeServer, Request, json, problem};
use super::machine::Machine;
use super::{PASSWORD, credentials, registry, unreadable};
use api::problem::kind;
use serde_json::{Value, json};

/// A server with one page of registries; other requests are answered by `rest`.
fn server(items: Value, rest: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> FakeServer {
    FakeServer::http(move |request, connection| {
        let answer = match request.line.contains("/api/v1/image_registries?") {
            true => json(&json!({"items": items, "next_cursor": null})),
            false => rest(request),
        };
        connection.write_all(&answer).unwrap();
    })
}

#[test]
fn a_password_is_exported_with_the_address_that_it_belongs_to() {
    let listed = registry("before.example", Some("robot"));
    let mut moved = registry("after.example", Some("robot"));
    moved["metadata"]["version"] = 2.into();
    let mut of_moved = credentials();
    of_moved["version"] = 2.into();
    let server = server(json!([listed]), move |request| match request.line.contains("/one/credentials?") {
        true => json(&of_moved),
        false => json(&moved),
    });
    let ended = Machine::of(&[&server.url]).portolan(&["export", "--with-passwords"], "");
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""), "{ended:?}");
    let [manifest] = &*api::manifest::parse(&ended.stdout).unwrap() else { panic!("{ended:?}") };
    assert_eq!(manifest["spec"]["url"], "https://after.example");
    assert_eq!(manifest["spec"]["authconfig"]["password"], PASSWORD);
}

#[test]
fn a_registry_that_is_gone_is_left_out_and_a_password_that_may_not_be_read_is_not_asked_for() {
    let items = json!([
        registry("gone.example", Some("robot")),
        registry("anonymous.example", None),
        unreadable("secret.example", Some("robot")),
    ]);
    let server = server(items, |_| problem(404, kind::NOT_FOUND, "There is none."));
    let ended = Machine::of(&[&server.url]).portolan(&["export", "--with-passwords"], "");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.starts_with("1 password is not in this."), "{ended:?}");
    let hosts: Vec<_> =
        api::manifest::parse(&ended.stdout).unwrap().iter().map(|it| it["spec"]["url"].clone()).collect();
    assert_eq!(hosts, ["https://anonymous.example", "https://secret.example"]);
    assert_eq!(server.requests().len(), 2, "the list, and the one that may be read");
}
