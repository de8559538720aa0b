//! Servers that are slow, gone, or somebody else.

use super::fake_server::{Authority, FakeServer, answer, json, nobody, problem, silent};
use super::machine::{Ended, Machine, TOKEN, end};
use super::{PASSWORD, credentials};
use api::problem::kind;
use std::fs;
use std::io::Write;

fn get(machine: &Machine) -> Ended {
    let ended = machine.helper(&["get"], "registry.example:5000");
    assert!(!ended.said().contains(TOKEN), "{ended:?}");
    ended
}

#[track_caller]
fn assert_fails(machine: &Machine, expected: &str) {
    let ended = get(machine);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains(expected) && !ended.said().contains("Secret"), "{expected}: {ended:?}");
}

#[track_caller]
fn assert_works(machine: &Machine) {
    let ended = get(machine);
    assert_eq!((ended.code, &ended.json()["Secret"]), (Some(0), &PASSWORD.into()));
}

/// The file with the CA of an https server.
fn trusting(server: &FakeServer, authority: &Authority) -> Machine {
    let machine = Machine::with(&[&server.url], "ca_file = \"ca.pem\"\n");
    machine.write("ca.pem", &authority.pem);
    machine
}

#[test]
fn a_silent_server_is_given_five_seconds_and_nothing_secret_is_in_the_process_list() {
    let (clients, url) = silent();
    let machine = Machine::of(&[&url]);
    let child = machine.start(&["docker-credential", "get"], "registry.example:5000");
    let first = clients.recv().unwrap();
    let arguments = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    let arguments = String::from_utf8(arguments).unwrap();
    assert_eq!(arguments, format!("{}\0docker-credential\0get\0", env!("CARGO_BIN_EXE_portolan")));
    let environment = fs::read(format!("/proc/{}/environ", child.id())).unwrap();
    assert!(!String::from_utf8_lossy(&environment).contains("portolan_"));
    let ended = end(child);
    // Another try would only be shorter.
    assert_eq!(clients.try_iter().count(), 0);
    drop(first);
    assert!(ended.code == Some(1) && ended.stdout.contains("no answer in time"), "{ended:?}");
}

#[test]
fn the_second_address_answers_if_the_first_is_gone_unavailable_or_somebody_else() {
    let alive = FakeServer::answering(json(&credentials()));
    assert_works(&Machine::of(&[&nobody(), &alive.url]));
    for broken in [
        answer("502 Bad Gateway", "text/html", "<h1>Bad gateway</h1>"),
        answer("200 OK", "text/html", "<h1>Log in to the network</h1>"),
        problem(503, kind::UNAVAILABLE, "Try again in a moment."),
        b"".to_vec(),
        b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{".to_vec(),
    ] {
        let first = FakeServer::answering(broken.clone());
        assert_works(&Machine::of(&[&first.url, &alive.url]));
        assert_eq!(first.requests().len(), 1, "{}", String::from_utf8_lossy(&broken));
    }
}

#[test]
fn a_server_that_is_unavailable_for_a_moment_is_asked_again() {
    let answers = std::sync::Mutex::new(vec![json(&credentials()), answer("503 Unavailable", "text/html", "Starting")]);
    let server = FakeServer::http(move |_, connection| {
        let next = answers.lock().unwrap().pop().unwrap();
        connection.write_all(&next).unwrap();
    });
    assert_works(&Machine::of(&[&server.url]));
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_server_that_refuses_is_asked_once_and_its_words_are_repeated() {
    let other = FakeServer::answering(json(&credentials()));
    for (status, kind, detail) in [
        (401, kind::UNAUTHENTICATED, "The token has expired. Make another one."),
        (403, kind::FORBIDDEN, "This token may not read credentials."),
        (429, kind::RATE_LIMITED, "Wait for 10 seconds."),
        (500, kind::INTERNAL, "Something went wrong."),
    ] {
        let server = FakeServer::answering(problem(status, kind, detail));
        assert_fails(&Machine::of(&[&server.url, &other.url]), detail);
        assert_eq!(server.requests().len(), 1);
    }
    assert!(other.requests().is_empty());
}

#[test]
fn whatever_is_not_portolan_is_named() {
    let other = FakeServer::answering(json(&credentials()));
    let redirect = format!("HTTP/1.1 302 Found\r\nlocation: {}/elsewhere?q=1\r\ncontent-length: 0\r\n\r\n", other.url);
    let mut long = credentials();
    long["name"] = "x".repeat(1024 * 1024).into();
    for (answer, expected) in [
        (answer("200 OK", "text/html; charset=utf-8", "<h1>Portal</h1>"), "answers text/html (200 OK), not JSON"),
        (answer("404 Not Found", "text/plain", "404"), "answers text/plain (404 Not Found), not JSON"),
        (answer("401 Unauthorized", "application/json", "{}"), "not JSON"),
        (redirect.into_bytes(), &*format!("it redirects to {}; configure that address", other.url)),
        (json(&long), "longer than 1048576 bytes"),
        (b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), "does not speak HTTP"),
        (json(&serde_json::json!({"items": []})), "cannot be understood (Data error"),
    ] {
        let server = FakeServer::answering(answer);
        assert_fails(&Machine::of(&[&server.url]), expected);
        assert_eq!(server.requests().len(), 1, "{expected}");
    }
    assert!(other.requests().is_empty(), "the token does not follow a redirect");
}

#[test]
fn an_endless_answer_ends() {
    let server = FakeServer::http(|_, connection| {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n");
        while connection.write_all(&[b' '; 4096]).is_ok() {}
    });
    assert_fails(&Machine::of(&[&server.url]), "longer than 1048576 bytes");
}

#[test]
fn the_token_goes_only_to_a_server_whose_certificate_is_trusted() {
    let [own, other] = [Authority::new(), Authority::new()];
    let server = FakeServer::https(&own, json(&credentials()));
    assert_works(&trusting(&server, &own));

    let impostor = FakeServer::https(&other, json(&credentials()));
    assert_fails(
        &trusting(&impostor, &own),
        "signed by a CA that this machine does not trust; set ca_file to the certificate of that CA",
    );
    assert_fails(&Machine::of(&[&impostor.url]), "signed by a CA that this machine does not trust");
    let elsewhere = FakeServer::https_for(&own, "other.example", json(&credentials()));
    assert_fails(&trusting(&elsewhere, &own), "its certificate is for another name");
    for server in [impostor, elsewhere] {
        assert!(server.requests().iter().all(|request| request.header("authorization").is_none()));
    }
}

#[test]
fn a_server_of_plain_http_behind_an_https_address_is_named() {
    let (clients, url) = silent();
    std::thread::spawn(move || {
        // It has no use for what TLS begins with.
        clients.recv().unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").unwrap();
    });
    assert_fails(&Machine::of(&[&url.replace("http:", "https:")]), "it does not speak TLS");
}

#[test]
fn a_proxy_that_does_not_lead_to_the_server_is_named_and_not_the_server() {
    let machine = Machine::of(&["https://portolan.invalid"]);
    let run = |proxy: &str| {
        let mut command = machine.command(env!("CARGO_BIN_EXE_portolan"));
        let output = command.env("HTTPS_PROXY", proxy).args(["credential", "get", "a/b"]).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let nobody = nobody().replace("http://", "http://robot:canary@");
    let refused = run(&nobody);
    assert!(refused.contains("the proxy 127.0.0.1:") && refused.contains("it refuses connections"), "{refused}");
    let answering = |status: &str| {
        let server = FakeServer::answering(answer(status, "text/html", ""));
        run(&server.url.replace("http://", "http://robot:canary@"))
    };
    let wrong = answering("407 Proxy Authentication Required");
    assert!(wrong.contains("it takes a username and password"), "{wrong}");
    let forbidden = answering("403 Forbidden");
    assert!(forbidden.contains("it does not connect to this address"), "{forbidden}");
    for said in [refused, wrong, forbidden] {
        assert!(!said.contains("canary"), "{said}");
    }
    assert!(run("socks5://127.0.0.1:1").contains("only a proxy that is spoken to over http can be used"));
}

#[test]
fn a_proxy_of_the_environment_never_sees_a_token_in_the_clear() {
    let server = FakeServer::answering(json(&credentials()));
    let proxy = FakeServer::answering(json(&credentials()));
    let machine = Machine::of(&[&server.url]);
    let mut command = machine.command(env!("CARGO_BIN_EXE_portolan"));
    for variable in ["ALL_PROXY", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY"] {
        command.env(variable, &proxy.url);
    }
    let output = command.args(["credential", "get", "default/team"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!((server.requests().len(), proxy.requests().len()), (1, 0));
}
