//! The log of the real binary.

use super::process::{PASSWORD, Process};
use super::tls::Certificates;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CANARY: &str = "canary-5f0e";
/// The same after `anna:`, in Base64.
const BASIC: &str = "YW5uYTpjYW5hcnktNWYwZ";

/// A registry that requires a password and accepts any. Returns its address and the heads of all requests so far.
fn registry() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let hearing = heard.clone();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let hearing = hearing.clone();
            thread::spawn(move || {
                let mut writer = stream.try_clone().unwrap();
                let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
                loop {
                    let head: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
                    if head.is_empty() {
                        return;
                    }
                    let head = head.join("\n");
                    let answer = match head.contains("authorization: ") {
                        true => "HTTP/1.1 200 OK\r\nDocker-Distribution-Api-Version: registry/2.0\r\n",
                        false => "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n",
                    };
                    hearing.lock().unwrap().push(head);
                    let _ = write!(writer, "{answer}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}");
                }
            });
        }
    });
    (address, heard)
}

/// Sets up, logs in, and creates, tests and checks a registry with a password. Returns all secrets that were involved.
fn use_every_secret(server: &Process, certificates: &Certificates, registry: &str) -> Vec<String> {
    let origin = format!("Origin: https://{}", server.address());
    let trace = format!("traceparent: 00-{TRACE}-00f067aa0ba902b7-01");
    let post = |path: &str, form: &str, session: &str, version: &str| {
        let headers = ["--header", &origin, "--header", &trace, "--header", "Accept: application/json"];
        let form = [version, "--data", form, "--cookie", session];
        let answer = certificates.get(server, path, &[&headers[..], &form].concat());
        assert!(answer.ends_with(" 200"), "{path}: {answer}");
        answer
    };
    let session = |answer: &str| {
        let (_, cookie) = answer.split_once("et-cookie: ").or(answer.split_once("et-Cookie: ")).unwrap();
        cookie.split(';').next().unwrap().to_owned()
    };
    let (_, setup_token) = server.setup_link.split_once("token=").unwrap();
    let setup_page = certificates.get(server, &format!("/setup?token={setup_token}"), &[]);
    assert!(setup_page.ends_with("2 200"), "{setup_page}");
    let first = session(&post("/ui/setup", &server.set_up_form(), "", "--http2"));
    let log_in = format!("user_name=anna&password={}", PASSWORD.replace(' ', "+"));
    let second = session(&post("/ui/login", &log_in, "", "--http1.1"));
    let form = format!("workspace=default&url=http://{registry}&username=anna&password={CANARY}");
    post("/ui/image-registries/create/test", &form, &second, "--http2");
    post("/ui/image-registries/create", &format!("name=one&{form}"), &second, "--http2");
    let details = certificates.get(
        server,
        "/ui/image-registries/details?workspace=default&name=one",
        &["--http1.1", "--cookie", &second],
    );
    let id = details.split("\"id\":\"").nth(1).unwrap()[..32].to_owned();
    post("/ui/image-registries/check", &format!("id={id}"), &second, "--http2");
    let token = |session: &str| session.split_once('=').unwrap().1.to_owned();
    let key = server.file("portolan.key").trim().to_owned();
    assert!(key.len() == 64 && token(&first).len() == 64);
    let passwords = [PASSWORD.to_owned(), PASSWORD.replace(' ', "+"), CANARY.to_owned(), BASIC.to_owned()];
    [&passwords[..], &[setup_token.to_owned(), token(&first), token(&second), key]].concat()
}

#[test]
fn s6_no_secret_is_in_the_log_at_its_most_talkative() {
    for database in [None, Some(test_postgres::new_database())] {
        let certificates = Certificates::new();
        let mut options = vec!["--log-format", "json", "--allow-network", "127.0.0.0/8"];
        options.extend(database.iter().flat_map(|url| ["--database", url]));
        let server = certificates.serve_with(&options, &[], &[("PORTOLAN_LOG", "trace")]);
        let (registry, heard) = registry();
        let secrets = use_every_secret(&server, &certificates, &registry);
        // The result of the check that was asked for.
        server.wait_for_log("\"message\":\"checked\"");
        server.wait_for_log("\"name\":\"scheduled\"");
        assert!(heard.lock().unwrap().iter().any(|head| head.contains(BASIC)), "the password was sent");
        let log = server.log();
        for secret in secrets {
            let line = log.lines().find(|line| line.contains(&secret));
            assert_eq!(line, None, "{secret}");
        }
        let mut requests = 0;
        for line in log.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            let spans = line["spans"].as_array().cloned().unwrap_or_default();
            requests += usize::from(spans.iter().any(|span| span["id"] == TRACE && span["name"] == "request"));
        }
        assert!(requests > 10, "the lines of a request name it");
        for talkative in ["\"target\":\"h2", "\"name\":\"statement\"", "\"name\":\"check\""] {
            assert!(log.contains(talkative), "{talkative}");
        }
    }
}

#[test]
fn a_registry_sees_a_trace_of_each_check_and_nothing_of_the_request() {
    let certificates = Certificates::new();
    let server = certificates.serve_with(&["--allow-network", "127.0.0.0/8"], &[], &[("PORTOLAN_LOG", "debug")]);
    let (registry, heard) = registry();
    use_every_secret(&server, &certificates, &registry);
    let heard = heard.lock().unwrap().clone();
    let traces: Vec<_> = heard
        .iter()
        .map(|head| {
            let (_, header) = head.split_once("traceparent: 00-").unwrap_or_else(|| panic!("{head}"));
            header[..32].to_owned()
        })
        .collect();
    assert!(traces.len() > 1 && traces[0] == traces[1] && traces[0] != TRACE, "{traces:?}");
    assert!(server.log().contains(&format!("trace={}", traces[0])), "the log names the trace");
}

#[test]
fn a_start_that_fails_says_so_in_json_as_well() {
    let said = Process::refused(&["--log-format", "json", "--public-url", "http://console.example.com"]);
    let line: serde_json::Value = serde_json::from_str(said.trim()).unwrap();
    assert!(line["message"].as_str().unwrap().contains("--plain-http"), "{said}");
}
