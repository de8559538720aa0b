//! Keys: a rotation that is killed half-way beside a running server, and keys that do not come from a file.

use super::process::Process;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const REGISTRIES: usize = 1_000;

/// `robot:canary-` and `robot:edited-`, without the number, in Base64 as the registry receives it.
const CANARIES: [&str; 4] = ["canary", "edited", "cm9ib3Q6Y2FuYXJ5", "cm9ib3Q6ZWRpdGVk"];

/// A registry that accepts every password, and remembers them.
struct Registry {
    url: String,
    received: Arc<Mutex<BTreeSet<String>>>,
}

impl Registry {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::default();
        let registry = Self { url, received: Arc::clone(&received) };
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let received = Arc::clone(&received);
                thread::spawn(move || answer(stream, &received));
            }
        });
        registry
    }

    /// Waits until it has received so many different passwords since it was last asked, and returns them.
    fn wait_for(&self, count: usize) -> BTreeSet<String> {
        let begin = Instant::now();
        loop {
            let received = self.received.lock().unwrap().clone();
            if received.len() >= count {
                return received;
            }
            assert!(begin.elapsed() < Duration::from_mins(2), "{} of {count} passwords arrived", received.len());
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn forget(&self) {
        self.received.lock().unwrap().clear();
    }
}

fn answer(stream: TcpStream, received: &Mutex<BTreeSet<String>>) {
    let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let mut password = None;
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        let lower = line.to_ascii_lowercase();
        if lower.starts_with("authorization: basic ") {
            password = Some(line["authorization: basic ".len()..].to_owned());
        }
    }
    let status = match password {
        Some(password) => {
            received.lock().unwrap().insert(password);
            "200 OK"
        }
        None => "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"test\"",
    };
    let _ = write!(&stream, "HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}");
}

/// What is the same for all commands of a test.
struct Site {
    server: Process,
    database: Option<String>,
}

impl Site {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
        command.arg("key").args(arguments).arg("--data").arg(self.server.data());
        if let Some(database) = &self.database {
            command.args(["--database", database]);
        }
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command to its end. Returns whether it succeeded, and what it said, in which there is no secret.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = self.command(arguments);
        if arguments != ["status"] {
            command.env("PORTOLAN_LOG", "trace");
        }
        let (succeeded, said) = said(command.output().unwrap());
        let keys = fs::read_to_string(self.server.data().join("portolan.key")).unwrap();
        for secret in keys.lines().chain(CANARIES) {
            assert!(!said.contains(secret), "{said}");
        }
        (succeeded, said)
    }

    /// How many passwords are sealed with the active key, and how many with the old one.
    #[track_caller]
    fn counts(&self) -> (usize, usize) {
        let (succeeded, said) = self.run(&["status"]);
        assert!(succeeded, "{said}");
        let lines: Vec<Vec<_>> = said.lines().map(|line| line.split_whitespace().collect()).collect();
        let count = |state| {
            let line = lines.iter().find(|words| words[1] == state);
            line.map_or(0, |words| words[2].parse::<usize>().unwrap())
        };
        (count("active"), count("old"))
    }

    #[track_caller]
    fn id(&self, state: &str) -> String {
        let said = self.run(&["status"]).1;
        let line = said.lines().find(|line| line.split_whitespace().nth(1) == Some(state));
        line.unwrap_or_else(|| panic!("no {state} key: {said}"))[..8].to_owned()
    }

    /// Begins a rotation, and kills it once it has sealed some passwords.
    #[track_caller]
    fn rotate_and_kill(&self, registries: usize) {
        let mut child = self.command(&["rotate"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let progressed = |line: &String| line.contains(" of ") && !line.starts_with("0 of ");
        let line = lines.find(progressed);
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert!(line.is_some() && !status.success(), "not killed half-way: {line:?} of {registries}");
    }
}

struct SetWhenDropped<'a>(&'a AtomicBool);

impl Drop for SetWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn said(output: Output) -> (bool, String) {
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

fn password_of(received: &BTreeSet<String>, plain: &str) -> bool {
    received.contains(&base64(plain))
}

/// Base64 (RFC 4648), for the few texts of this test.
fn base64(text: &str) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[bits >> (18 - 6 * place) & 63] as char;
            encoded.push(if place > chunk.len() { '=' } else { digit });
        }
    }
    encoded
}

fn create(server: &Process, url: &str, name: &str, password: &str, session: &str) -> String {
    let form = format!("name={name}&workspace=default&url={url}&username=robot&password={password}");
    let (status, text) = server.post("/ui/image-registries/create", &form, session);
    assert_eq!(status, 200, "{text}");
    id_of(server, name, session).0
}

/// The id and the version of a registry.
fn id_of(server: &Process, name: &str, session: &str) -> (String, String) {
    let text = server.get(&format!("/ui/image-registries/details?workspace=default&name={name}"), session).1;
    let version = text.split("\"version\":").nth(1).unwrap();
    let version = version.split(|c: char| !c.is_ascii_digit()).next().unwrap().to_owned();
    (text.split("\"id\":\"").nth(1).unwrap()[..32].to_owned(), version)
}

fn edit(server: &Process, url: &str, name: &str, password: &str, session: &str) {
    let (id, version) = id_of(server, name, session);
    let form = format!("registry={id}&based_on={version}&url={url}&username=robot&password={password}");
    let (status, text) = server.post("/ui/image-registries/update", &form, session);
    assert_eq!(status, 200, "{text}");
}

fn check(server: &Process, ids: &[String], session: &str) {
    for some in ids.chunks(400) {
        let form: Vec<_> = some.iter().map(|id| format!("id={id}")).collect();
        let (status, text) = server.post("/ui/image-registries/check", &form.join("&"), session);
        assert_eq!(status, 200, "{text}");
    }
}

fn a_rotation_is_killed_and_ends_later(database: Option<String>) {
    let registry = Registry::start();
    let mut options = vec!["--check-every", "0", "--allow-network", "127.0.0.0/8"];
    if let Some(database) = &database {
        options.extend(["--database", database]);
    }
    let site = Site { server: Process::start(&options, &[]), database: database.clone() };
    let (server, url) = (&site.server, &registry.url);
    let session = server.set_up();
    let name = |number: usize| format!("registry-{number}");
    let mut ids = Vec::new();
    for number in 0..REGISTRIES {
        ids.push(create(server, url, &name(number), &format!("canary-{number}"), &session));
    }
    assert_eq!(site.counts(), (REGISTRIES, 0));
    let old = site.id("active");
    let (refused, text) = site.run(&["remove", &old]);
    assert!(!refused && text.contains("is the one that seals"), "{text}");

    // The server keeps answering and changing meanwhile.
    let is_over = AtomicBool::new(false);
    let (answers, edits) = thread::scope(|scope| {
        let answers = scope.spawn(|| {
            let mut answers = 0;
            while !is_over.load(Ordering::SeqCst) {
                assert_eq!(server.get("/image-registries", &session).0, 200);
                answers += 1;
            }
            answers
        });
        let edits = scope.spawn(|| {
            let mut edits = 0;
            while !is_over.load(Ordering::SeqCst) && edits < 100 {
                // From the end, which a rotation may reach last.
                let number = REGISTRIES - 1 - edits * 7;
                edit(server, url, &name(number), &format!("edited-{number}"), &session);
                edits += 1;
            }
            edits
        });
        // Also if this test fails.
        let over = SetWhenDropped(&is_over);
        site.rotate_and_kill(REGISTRIES);
        let (active, left) = site.counts();
        assert!(active > 0 && left > 0 && active + left == REGISTRIES, "{active} and {left}");
        let (succeeded, text) = site.run(&["remove", &old]);
        assert!(!succeeded && text.contains("still sealed with key"), "{text}");
        // With two keys, the server opens passwords of either.
        registry.forget();
        check(server, &ids[..200], &session);
        registry.wait_for(150);
        // Once more, and then to the end.
        site.rotate_and_kill(REGISTRIES);
        let (succeeded, text) = site.run(&["rotate"]);
        assert!(succeeded && text.contains("sealed again"), "{text}");
        drop(over);
        (answers.join().unwrap(), edits.join().unwrap())
    });
    assert!(answers > 0 && edits > 0, "{answers} answers, {edits} edits");
    assert_eq!(site.counts(), (REGISTRIES, 0));
    let (succeeded, text) = site.run(&["remove", &old]);
    assert!(succeeded, "{text}");
    let keys = fs::read_to_string(server.data().join("portolan.key")).unwrap();
    assert_eq!(keys.lines().count(), 1, "the old key is gone");

    // A server that has never known the old key opens every password, and each is the right one.
    let folder = site.server.stop();
    let server = Process::start_on(folder, &options, &[]);
    registry.forget();
    check(&server, &ids, &session);
    let received = registry.wait_for(REGISTRIES);
    let edited: BTreeSet<_> = (0..edits).map(|edit| REGISTRIES - 1 - edit * 7).collect();
    for number in 0..REGISTRIES {
        let word = if edited.contains(&number) { "edited" } else { "canary" };
        assert!(password_of(&received, &format!("robot:{word}-{number}")), "{word}-{number}");
    }
}

#[test]
fn s5_a_rotation_killed_beside_a_running_server_ends_when_it_is_run_again_on_sqlite() {
    a_rotation_is_killed_and_ends_later(None);
}

#[test]
fn s5_a_rotation_killed_beside_a_running_server_ends_when_it_is_run_again_on_postgresql() {
    a_rotation_is_killed_and_ends_later(Some(test_postgres::new_database()));
}

/// Runs `portolan serve`, which must not start, and returns what it says.
#[track_caller]
fn refused(folder: &Path, options: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder).args(options);
    let output = command.envs(variables.iter().copied()).env("PORTOLAN_LOG", "trace").output().unwrap();
    let (succeeded, said) = said(output);
    assert!(!succeeded, "{said}");
    said
}

#[test]
fn s3_s4_s6_a_key_comes_from_a_variable_or_a_command_and_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let canary = "ca9a51e5".repeat(8);
    let short = &canary[..60];
    let command = format!("echo {canary}");
    let mut all = String::new();
    for (options, variables, expected) in [
        (vec!["--key-command", &command], vec![("PORTOLAN_KEY", canary.as_str())], "given more than once"),
        (vec!["--key-command", &command, "--key-file", "x"], vec![], "given more than once"),
        (vec![], vec![("PORTOLAN_KEY", short)], "Cannot use the variable PORTOLAN_KEY: it does not hold a key"),
        (vec!["--key-command", &format!("echo {short}")], vec![], "Cannot use the key command: it does not hold a key"),
        (vec!["--key-command", &format!("sh -c 'echo {canary}; exit 7'")], vec![], "exit status: 7"),
        (vec!["--key-command", "true"], vec![], "it printed nothing"),
        (vec!["--key-command", &format!("yes {canary}")], vec![], "it printed more than two keys"),
        (vec!["--key-command", &format!("echo {canary} {canary}")], vec![], "the same key twice"),
        (vec!["--key-command", &format!("/no/such/{canary}")], vec![], "it cannot be run"),
    ] {
        let said = refused(folder.path(), &options, &variables);
        assert!(said.contains(expected), "{expected}: {said}");
        all.push_str(&said);
    }
    assert!(!folder.path().join("portolan.key").exists());
    let server = Process::start_on(folder, &["--key-command", &command], &[]);
    let session = server.set_up();
    assert_eq!(server.create("one", &session).0, 200);
    let folder = server.stop();
    assert!(!folder.path().join("portolan.key").exists(), "no file is made");
    // The same key, from elsewhere.
    let variable = format!("PORTOLAN_KEY={canary}");
    let server = Process::start_on(folder, &[], &["env", &variable]);
    assert_eq!(server.get("/image-registries/default/one", &session).0, 200);
    let folder = server.stop();
    let other = "0".repeat(64);
    let said = refused(folder.path(), &[], &[("PORTOLAN_KEY", &other)]);
    assert!(said.contains("The stored passwords are sealed with key"), "{said}");
    all.push_str(&said);
    assert!(!all.contains(&canary[..16]) && !all.contains(&other), "{all}");
}
