//! The systemd unit: whether systemd accepts it, and whether the server works within its limits.

use super::process::{PASSWORD, Process};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What `systemd-analyze security` may say at most, in tenths: 1.5 is what cannot be avoided by a server that connects to
/// any address.
const EXPOSURE: &str = "--threshold=15";

fn packaging(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging").join(file)
}

fn unit() -> String {
    fs::read_to_string(packaging("portolan.service")).unwrap()
}

#[track_caller]
fn systemd_analyze(arguments: &[&str], file: Option<&Path>) -> String {
    let output = Command::new("systemd-analyze").args(arguments).args(file).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn systemd_accepts_the_unit_and_finds_it_hardened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portolan.service");
    // Neither the binary nor the manual is where the package will put it.
    let installed = unit().replace("/usr/bin/portolan", env!("CARGO_BIN_EXE_portolan"));
    fs::write(&path, installed).unwrap();
    let said = systemd_analyze(&["verify", "--recursive-errors=no"], Some(&path));
    assert!(!said.contains("portolan.service:"), "{said}");
    systemd_analyze(&["security", "--offline=true", "--no-pager", EXPOSURE], Some(&path));
}

/// The values of a setting, in their order.
fn values(unit: &str, setting: &str) -> Vec<String> {
    let lines = unit.lines().filter_map(|line| line.strip_prefix(setting)?.strip_prefix('='));
    lines.map(str::to_owned).collect()
}

/// The system calls of a set such as `@basic-io`, without those of sets that it does not have.
fn calls_of(set: &str) -> BTreeSet<String> {
    let listed = systemd_analyze(&["syscall-filter", "--no-pager", set], None);
    let lines = listed.lines().skip(1).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.flat_map(|line| if line.starts_with('@') { calls_of(line) } else { [line.to_owned()].into() }).collect()
}

/// The system calls that the unit allows.
fn allowed_calls() -> BTreeSet<String> {
    let mut allowed = BTreeSet::new();
    for value in values(&unit(), "SystemCallFilter") {
        match value.strip_prefix('~') {
            None => value.split_whitespace().for_each(|set| allowed.extend(calls_of(set))),
            Some(denied) => {
                let denied: BTreeSet<_> = denied.split_whitespace().flat_map(calls_of).collect();
                allowed.retain(|call| !denied.contains(call));
            }
        }
    }
    allowed
}

#[test]
fn the_server_makes_no_system_call_that_the_unit_denies() {
    let traces = tempfile::tempdir().unwrap();
    let trace = traces.path().join("trace");
    let strace = ["strace", "-f", "-q", "-o", trace.to_str().unwrap()];
    let mut server =
        Process::start(&["--check-every", "0", "--key-command", &format!("echo {}", "1a".repeat(32))], &strace);
    let session = server.set_up();
    assert_eq!(server.create("one", &session).0, 200);
    assert_eq!(server.get("/image-registries", &session).0, 200);
    assert_eq!(server.post("/ui/login", &format!("user_name=anna&password={}", PASSWORD.replace(' ', "+")), "").0, 200);
    server.terminate_traced();
    let allowed = allowed_calls();
    assert!(allowed.len() > 100, "{allowed:?}");
    let text = fs::read_to_string(&trace).unwrap();
    // A line is the id of a thread, and a call with its arguments.
    let calls = text.lines().filter_map(|line| line.split_whitespace().nth(1)?.split_once('('));
    let made: BTreeSet<&str> = calls.map(|(call, _)| call).collect();
    assert!(made.contains("accept4") && made.contains("execve"), "{made:?}");
    // As root, which the service is not, SQLite gives its files the owner of the database.
    let denied: Vec<_> = made.iter().filter(|call| !allowed.contains(**call) && **call != "fchown").collect();
    assert!(denied.is_empty(), "{denied:?}");
}

#[test]
fn systemd_is_told_when_the_server_is_ready_and_when_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let heard = || {
        let mut buffer = [0; 256];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    let variables = [("NOTIFY_SOCKET", path.to_str().unwrap())];
    let mut server = Process::launch(&["--plain-http", "--check-every", "0"], &[], &variables);
    assert!(heard().contains("READY=1"));
    // `systemctl reload`, without a certificate to read again.
    server.signal("HUP");
    assert_eq!(server.get("/healthz", "").0, 200);
    assert!(server.terminate().1);
    assert!(heard().contains("STOPPING=1"));
}

#[test]
fn the_file_of_options_names_every_option_of_the_server() {
    let help = Command::new(env!("CARGO_BIN_EXE_portolan")).args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let file = fs::read_to_string(packaging("debian/portolan.default")).unwrap();
    let variables = help.split("[env: ").skip(1).map(|rest| rest.split(['=', ']']).next().unwrap());
    let missing: Vec<_> = variables.filter(|name| !file.contains(&format!("{name}="))).collect();
    assert!(missing.is_empty() && help.contains("[env: PORTOLAN_DATA"), "{missing:?}");
}
