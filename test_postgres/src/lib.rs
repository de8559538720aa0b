//! A real PostgreSQL server for tests: Debian's, with a data folder and a socket of its own, durable as in production.
//! Each test gets a database of its own. The server is started by the first test that asks, and ends with the process.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio, id};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

/// Debian does not put the server on the path.
const PROGRAMS: &str = "/usr/lib/postgresql";

/// The name of the folders, before the id of the process that owns it.
const FOLDER: &str = "portolan-test-postgres-";

static FOLDER_OF_SERVER: LazyLock<PathBuf> = LazyLock::new(start);

/// Creates an empty database. Returns its URL.
///
/// # Panics
/// If PostgreSQL is not installed (package `postgresql`) or does not start.
pub fn new_database() -> String {
    static CREATED: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}", CREATED.fetch_add(1, Ordering::Relaxed));
    let folder = FOLDER_OF_SERVER.display().to_string();
    let create = Command::new("createdb").args(["--host", &folder, "--username", "postgres", &name]).output();
    let create = create.expect("createdb is there");
    assert!(create.status.success(), "createdb: {}", String::from_utf8_lossy(&create.stderr));
    format!("postgres://postgres@localhost/{name}?host={folder}")
}

/// Starts the server. Returns the folder of its socket.
fn start() -> PathBuf {
    remove_leftovers();
    let folder = std::env::temp_dir().join(format!("{FOLDER}{}", id()));
    DirBuilder::new().mode(0o700).create(&folder).expect("the folder is new");
    if is_root() {
        run(Command::new("chown").arg("postgres").arg(&folder));
    }
    let data = folder.join("data");
    run(unprivileged("initdb").args(["--no-sync", "--auth=trust", "--username=postgres", "--pgdata"]).arg(&data));
    let mut server = unprivileged("postgres");
    server.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-c", "listen_addresses=", "-c", "max_connections=500"]);
    server.stdout(Stdio::null()).stderr(Stdio::null());
    // The server is told to stop when the thread that started it ends. This one ends with the process.
    thread::spawn(move || {
        let mut child = server.spawn().expect("the server starts");
        let _ = child.wait();
        thread::park();
    });
    for _ in 0..300 {
        let ready = Command::new("pg_isready").arg("--quiet").arg("--host").arg(&folder).status();
        if ready.expect("pg_isready is there").success() {
            return folder;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("the server does not answer");
}

/// A program of the server, as a user that PostgreSQL accepts, and interrupted when its parent ends.
fn unprivileged(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "INT"]);
    if is_root() {
        command.args(["--reuid", "postgres", "--regid", "postgres", "--init-groups"]);
    }
    command.arg(newest_programs().join(program)).current_dir("/");
    command
}

fn newest_programs() -> PathBuf {
    let versions = fs::read_dir(PROGRAMS).expect("PostgreSQL is installed: package `postgresql`");
    let newest = versions.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).max();
    Path::new(PROGRAMS).join(newest.expect("a version of PostgreSQL").to_string()).join("bin")
}

fn run(command: &mut Command) {
    let output = command.output().expect("the program is there");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Removes the folders of processes that have ended.
fn remove_leftovers() {
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let owner = entry.file_name().to_str().and_then(|name| name.strip_prefix(FOLDER)?.parse::<u32>().ok());
        if owner.is_some_and(|owner| !Path::new("/proc").join(owner.to_string()).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
