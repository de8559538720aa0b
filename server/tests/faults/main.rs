//! The real binary: with its options for serving, and on a failing machine (disk errors, an unresponsive name server, no
//! free file descriptors). Tests that need root or a missing tool print why they are skipped.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod doctor;
mod durability;
mod keys;
mod logs;
mod metrics;
mod operator;
mod process;
mod public_url;
mod strace;
mod tls;
mod unit;

use process::{Process, is_root};
use std::io::Read;
use std::net::{TcpListener, UdpSocket};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};
use strace::Strace;

/// The exit takes milliseconds, or ten seconds if it waits for open requests. This leaves room for a busy machine.
const PROMPTLY: Duration = Duration::from_secs(5);

#[test]
fn a_password_in_the_address_of_the_database_is_refused_and_not_repeated() {
    let arguments =
        ["serve", "--listen", "127.0.0.1:0", "--database", "postgres://portolan:canary@db.example.com/portolan"];
    let output = Command::new(env!("CARGO_BIN_EXE_portolan")).args(arguments).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success() && said.contains("PGPASSWORD") && !said.contains("canary"), "{said}");
}

#[test]
fn w1_plain_http_is_a_switch_with_a_warning() {
    let server = Process::start(&["--check-every", "0"], &[]);
    assert!(server.log().contains("plain http: anyone on the network"), "{}", server.log());
    let (status, answer) = server.post("/ui/setup", &server.set_up_form(), "");
    assert!(status == 200 && answer.contains("set-cookie: portolan=") && answer.contains("HttpOnly"), "{answer}");
    // Without the switch, the cookie is one that browsers keep only over https, or on their own machine.
    let server = Process::launch(&["--check-every", "0"], &[], &[]);
    assert!(!server.log().contains("plain http:"), "{}", server.log());
    let (status, answer) = server.post("/ui/setup", &server.set_up_form(), "");
    let is_secure = answer.contains("set-cookie: __Host-portolan=") && answer.contains("; Secure");
    assert!(status == 200 && is_secure, "{answer}");
}

#[test]
fn r3_r11_failing_syncs_stop_writes_but_not_pages() {
    let server = Process::start(&["--check-every", "0"], &[]);
    let session = server.set_up();
    assert_eq!(server.create("before", &session).0, 200);
    let Some(fault) = Strace::inject(&server, "error=EIO") else { return };
    for round in 0..3 {
        let (status, text) = server.create(&format!("lost-{round}"), &session);
        assert_eq!(status, 503, "a write is acknowledged only once it is synced: {text}");
        assert_eq!(server.get("/image-registries", &session).0, 200);
        assert_eq!(server.get("/readyz", "").0, 503);
        assert_eq!(server.get("/healthz", "").0, 200);
    }
    drop(fault);
    let (status, text) = server.create("after", &session);
    assert_eq!(status, 200, "the first write after recovery: {text}");
    sleep(Duration::from_millis(1_100));
    assert_eq!(server.get("/readyz", "").0, 200);
    for (name, status) in [("before", 200), ("lost-0", 404), ("after", 200)] {
        assert_eq!(server.get(&format!("/image-registries/default/{name}"), &session).0, status, "{name}");
    }
}

#[test]
fn r3_a_slow_disk_slows_down_writes_but_not_pages() {
    let server = Process::start(&["--check-every", "0"], &[]);
    let session = server.set_up();
    let Some(fault) = Strace::inject(&server, "delay_enter=2000000") else { return };
    std::thread::scope(|scope| {
        let write = scope.spawn(|| server.create("slow", &session));
        let mut pages = 0;
        while !write.is_finished() {
            assert_eq!(server.get("/image-registries", &session).0, 200);
            pages += 1;
        }
        assert!(pages > 1, "pages are served while the write waits for the disk");
        assert_eq!(write.join().unwrap().0, 200);
    });
    drop(fault);
}

#[test]
fn r10_an_idle_server_with_an_open_stream_stops_promptly() {
    let mut server = Process::start(&["--check-every", "0"], &[]);
    let session = server.set_up();
    let stream = server.open("/events", &session);
    let (took, succeeded) = server.terminate();
    assert!(took < PROMPTLY && succeeded, "{took:?}");
    drop(stream);
}

#[test]
fn an_unresponsive_name_server_does_not_delay_the_exit() {
    if !is_root() {
        return eprintln!("skipped: replacing the name server needs root");
    }
    // Receives queries and never answers.
    let Ok(silent) = UdpSocket::bind("127.7.7.7:53") else { return eprintln!("skipped: port 53 is taken") };
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("resolv.conf");
    std::fs::write(&settings, "nameserver 127.7.7.7\nsearch a.test b.test\noptions ndots:5\n").unwrap();
    let mount = format!("mount --bind {} /etc/resolv.conf && exec \"$0\" \"$@\"", settings.display());
    let mut server = Process::start(&[], &["unshare", "--mount", "sh", "-c", &mount]);
    let session = server.set_up();
    assert_eq!(server.create("never-found", &session).0, 200);
    silent.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    silent.recv_from(&mut [0; 512]).expect("the name is looked up");
    let (took, succeeded) = server.terminate();
    assert!(took < PROMPTLY && succeeded, "{took:?}");
}

#[test]
fn running_out_of_file_descriptors_is_not_reported_as_a_registry_failure() {
    let server = Process::start(&["--check-every", "0", "--allow-network", "127.0.0.0/8"], &[]);
    let session = server.set_up();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let registries = [("by-address", "127.0.0.1"), ("by-name", "localhost")];
    for (name, host) in registries {
        let url = format!("http://{host}:{}", listener.local_addr().unwrap().port());
        assert_eq!(server.create_at(name, &url, &session).0, 200);
    }
    let details =
        |name: &str| server.get(&format!("/ui/image-registries/details?workspace=default&name={name}"), &session).1;
    let ids = registries.map(|(name, _)| details(name).split("\"id\":\"").nth(1).unwrap()[..32].to_owned());
    // On a connection that stays open: each one is a file.
    let mut open = server.open("/events", &session);
    let mut asking = server.connect();
    sleep(Duration::from_millis(300));
    let before = server.limit_files_to_open_ones();
    server.send_post(
        &mut asking,
        "/ui/image-registries/check",
        &format!("id={}&id={}", ids[0], ids[1]),
        &session,
        "keep-alive",
    );
    let mut heard = String::new();
    let begun = Instant::now();
    let mut buffer = [0; 4096];
    while !ids.iter().all(|id| heard.contains(id)) {
        let length = open.read(&mut buffer).unwrap();
        assert!(length > 0 && begun.elapsed() < Duration::from_mins(1), "the results are published: {heard}");
        heard.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    server.limit_files_to(before);
    for (name, _) in registries {
        let text = details(name);
        assert!(
            text.contains("the check itself could not be carried out") || text.contains("\"phase\":\"Pending\""),
            "{text}"
        );
        assert!(!text.contains("\"phase\":\"Failed\""), "{text}");
    }
}
