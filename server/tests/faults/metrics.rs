//! Figures for Prometheus on an address of their own, and the dashboard that shows them.

use super::process::Process;
use super::tls::Certificates;
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::TcpStream;
use std::process::Command;

/// A server and the address of its figures.
fn measured() -> (Process, String) {
    let server = Process::start(&["--check-every", "0", "--metrics-listen", "127.0.0.1:0"], &[]);
    let address = address_of_figures(&server);
    (server, address)
}

fn address_of_figures(server: &Process) -> String {
    server.wait_for_log("/metrics");
    let log = server.log();
    let (_, address) = log.split_once("figures for Prometheus are at http://").unwrap();
    let (address, _) = address.split_once("/metrics").unwrap();
    address.to_owned()
}

/// The status and the content type, and the body.
#[track_caller]
fn curl(url: &str, arguments: &[&str]) -> (String, String) {
    let mut command = Command::new("curl");
    command.args(["--silent", "--max-time", "30", "--write-out", "\n%{http_code} %{content_type}"]).args(arguments);
    let output = command.arg(url).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, end) = text.rsplit_once('\n').unwrap();
    (end.to_owned(), body.to_owned())
}

/// The names of all samples, after the text was read as OpenMetrics 1.0 describes it.
#[track_caller]
fn names(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut types = BTreeSet::new();
    for line in text.lines().filter(|line| *line != "# EOF") {
        if let Some(described) = line.strip_prefix("# ") {
            let words: Vec<_> = described.splitn(3, ' ').collect();
            assert!(["HELP", "TYPE", "UNIT"].contains(&words[0]) && words.len() == 3, "{line}");
            types.insert(words[1].to_owned());
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let name = series.split('{').next().unwrap();
        assert!(series == name || series.ends_with('}'), "{line}");
        assert!(types.iter().any(|described| name.starts_with(described.as_str())), "{line}");
        names.insert(name.to_owned());
    }
    names
}

#[test]
fn the_address_for_figures_answers_nothing_else_and_the_console_has_no_figures() {
    let (server, address) = measured();
    let (status, text) = curl(&format!("http://{address}/metrics"), &[]);
    assert_eq!(status, "200 application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(text.ends_with("# EOF\n"), "{text}");
    for (path, method, status) in
        [("/login", "GET", "404"), ("/ui/login", "POST", "404"), ("/", "GET", "404"), ("/metrics", "POST", "405")]
    {
        let (answered, _) = curl(&format!("http://{address}{path}"), &["--request", method]);
        assert!(answered.starts_with(status), "{method} {path}: {answered}");
    }
    assert_eq!(server.get("/metrics", "").0, 303, "a page that does not exist, and nobody is logged in");
}

#[test]
fn the_figures_say_when_the_certificate_expires() {
    let server = Certificates::new().serve_with(&["--metrics-listen", "127.0.0.1:0"], &[], &[]);
    let (_, text) = curl(&format!("http://{}/metrics", address_of_figures(&server)), &[]);
    // The last day of 2030.
    assert!(text.contains("portolan_tls_certificate_expiry_timestamp_seconds 1924905600\n"), "{text}");
}

#[test]
fn silent_connections_to_the_address_for_figures_keep_nobody_from_them() {
    let (server, address) = measured();
    let _silent: Vec<_> = (0..50).map(|_| TcpStream::connect(&address).unwrap()).collect();
    let (status, _) = curl(&format!("http://{address}/metrics"), &[]);
    assert!(status.starts_with("200"), "{status}");
    assert_eq!(server.get("/login", "").0, 200);
}

#[test]
fn the_dashboard_shows_only_figures_that_there_are() {
    let (server, address) = measured();
    let session = server.set_up();
    let registry = "http://127.0.0.1:1";
    assert_eq!(server.create_at("one", registry, &session).0, 200);
    let test = server.test_at(registry, &session);
    assert_eq!(test.0, 200, "a test counts as a check: {}", test.1);
    let (_, text) = curl(&format!("http://{address}/metrics"), &[]);
    let mut there = names(&text);
    // Only with a certificate.
    there.insert("portolan_tls_certificate_expiry_timestamp_seconds".to_owned());
    let dashboard: Value = serde_json::from_str(include_str!("../../../docs/grafana/portolan.json")).unwrap();
    let mut shown = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap();
            let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            shown.extend(words.filter(|word| word.starts_with("portolan_")).map(str::to_owned));
        }
    }
    let missing: Vec<_> = shown.difference(&there).collect();
    assert!(shown.len() > 9 && missing.is_empty(), "{missing:?}: {text}");
}
