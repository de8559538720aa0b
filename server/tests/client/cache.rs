//! The offline cache.

use super::fake_server::{Authority, FakeServer, json, problem};
use super::machine::{Ended, Machine, TOKEN};
use super::{PASSWORD, credentials};
use api::problem::kind;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

const CACHE: &str = "cache_max_age = \"2m\"\ncache_folder = \"cache\"\n";

/// A server whose answer a test can change. None means that it hangs up.
struct Changing {
    server: FakeServer,
    answer: Arc<Mutex<Vec<u8>>>,
}

impl Changing {
    fn new() -> Self {
        let answer = Arc::new(Mutex::new(json(&credentials())));
        let given = answer.clone();
        let server = FakeServer::http(move |_, connection| {
            let answer = given.lock().unwrap().clone();
            connection.write_all(&answer).unwrap_or_default();
        });
        Self { server, answer }
    }

    fn set(&self, answer: Vec<u8>) {
        *self.answer.lock().unwrap() = answer;
    }

    /// From now on, it closes every connection without an answer.
    fn hang_up(&self) {
        self.set(Vec::new());
    }
}

fn password(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.json()["Secret"].clone()
}

fn get(machine: &Machine) -> Ended {
    machine.helper(&["get"], "registry.example:5000")
}

/// Every file in a folder, and its content.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
}

#[test]
fn without_an_age_nothing_is_kept() {
    let server = Changing::new();
    let machine = Machine::with(&[&server.server.url], "cache_folder = \"cache\"\n");
    assert_eq!(password(&get(&machine)), PASSWORD);
    assert!(!machine.path("cache").exists());
    server.hang_up();
    assert_eq!(get(&machine).code, Some(1));
}

#[test]
fn while_no_server_can_be_reached_the_cache_answers_for_what_was_asked_before() {
    let server = Changing::new();
    let machine = Machine::with(&[&server.server.url], CACHE);
    assert_eq!(password(&get(&machine)), PASSWORD);
    assert_eq!(machine.kubelet("registry.example:5000/team/app").json()["cacheDuration"], "300s");
    let sealed = files(&machine.path("cache"));
    assert_eq!(sealed.len(), 2);
    assert!(sealed.iter().all(|bytes| !bytes.windows(5).any(|part| part == b"robot" || part == b"$HOME")));

    server.hang_up();
    assert_eq!(password(&get(&machine)), PASSWORD);
    let response = machine.kubelet("registry.example:5000/team/app").json();
    assert_eq!(response["auth"]["registry.example:5000/team"]["password"], PASSWORD);
    // Not longer than what is left of two minutes.
    let duration: u64 = response["cacheDuration"].as_str().unwrap().trim_end_matches('s').parse().unwrap();
    assert!((1..=120).contains(&duration), "{duration}");
    let other = machine.helper(&["get"], "other.example");
    assert!(other.code == Some(1) && other.stdout.contains("no answer from Portolan"), "{other:?}");

    machine.set_token(&TOKEN.replace("c0ffee", "decade"));
    assert_eq!(get(&machine).code, Some(1), "a new token does not open what an old one has sealed");
}

#[test]
fn a_server_that_refuses_is_not_overruled_and_its_answer_is_forgotten() {
    for (status, kind) in
        [(401, kind::UNAUTHENTICATED), (403, kind::FORBIDDEN), (404, kind::NO_REGISTRY), (409, kind::AMBIGUOUS)]
    {
        let server = Changing::new();
        let machine = Machine::with(&[&server.server.url], CACHE);
        assert_eq!(password(&get(&machine)), PASSWORD);
        server.set(problem(status, kind, "No."));
        assert_eq!(get(&machine).code, Some(1), "{status}");
        server.hang_up();
        assert_eq!(get(&machine).code, Some(1), "{status}");
        assert!(files(&machine.path("cache")).is_empty(), "{status}");
    }
}

#[test]
fn a_token_that_is_not_valid_any_more_opens_nothing_that_it_has_read() {
    let server = Changing::new();
    let machine = Machine::with(&[&server.server.url], CACHE);
    let get = |name: &str| machine.portolan(&["credential", "get", name], "");
    assert_eq!(get("default/one").code, Some(0));
    assert_eq!(get("default/two").code, Some(0));
    assert_eq!(files(&machine.path("cache")).len(), 2);
    server.set(problem(401, kind::UNAUTHENTICATED, "Revoked."));
    assert_eq!(get("default/one").code, Some(4));
    server.hang_up();
    assert_eq!(get("default/two").code, Some(6));
}

#[test]
fn a_server_with_an_error_of_its_own_is_not_overruled_but_the_answer_stays_for_an_outage() {
    for (status, kind) in [(429, kind::RATE_LIMITED), (500, kind::INTERNAL)] {
        let server = Changing::new();
        let machine = Machine::with(&[&server.server.url], CACHE);
        assert_eq!(password(&get(&machine)), PASSWORD);
        server.set(problem(status, kind, "Not now."));
        assert_eq!(get(&machine).code, Some(1), "{status}");
        server.set(problem(503, kind::UNAVAILABLE, "Try again in a moment."));
        assert_eq!(password(&get(&machine)), PASSWORD, "{status}");
    }
}

#[test]
fn somebody_else_in_the_place_of_the_server_is_not_an_outage() {
    let server = Changing::new();
    let machine = Machine::with(&[&server.server.url], CACHE);
    assert_eq!(password(&get(&machine)), PASSWORD);
    server.set(super::fake_server::answer("200 OK", "text/html", "<h1>Log in to the network</h1>"));
    assert_eq!(get(&machine).code, Some(1));
    let impostor = FakeServer::https(&Authority::new(), json(&credentials()));
    machine.write("client.toml", &format!("servers = [\"{}\"]\ntoken_file = \"token\"\n{CACHE}", impostor.url));
    assert_eq!(get(&machine).code, Some(1));
}

#[test]
fn an_answer_that_cannot_be_kept_is_still_an_answer() {
    let server = Changing::new();
    let machine = Machine::with(&[&server.server.url], CACHE);
    // No byte can be written to any file, as on a full disk.
    let mut command = machine.command("/usr/bin/env");
    command.args(["--ignore-signal=XFSZ", "prlimit", "--fsize=0", env!("CARGO_BIN_EXE_portolan")]);
    let output = command.args(["credential", "get", "default/team", "--field", "password"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), PASSWORD, "{said}");
    assert!(said.contains("The answer is not in the cache"), "{said}");
    assert!(files(&machine.path("cache")).is_empty(), "nothing is left behind");
}
