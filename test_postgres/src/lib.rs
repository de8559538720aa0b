//! A real PostgreSQL server for tests: Debian's, with a data folder and a socket of its own, durable as in production.
//! Each test gets a database of its own. The server is started by the first test that asks, and ends with the process.
//! A test that kills a server has one of its own, and a standby if it needs one.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod standby;

use std::fs::{self, DirBuilder, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio, id};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, mpsc};
use std::thread;
use std::time::Duration;

/// Debian does not put the server on the path.
const PROGRAMS: &str = "/usr/lib/postgresql";

/// The name of the folders, before the id of the process that owns it.
const FOLDER: &str = "portolan-test-postgres-";

/// A server with a data folder and a socket of its own. Ends when dropped, or with the thread that started it.
#[must_use = "it ends when dropped"]
pub struct Server {
    folder: PathBuf,
    /// Part of the name of the socket.
    port: u16,
    /// Whether it also listens on the loopback address, with TLS.
    has_tls: bool,
    process: Option<Child>,
}

/// PostgreSQL's own port.
const PORT: u16 = 5432;

/// Creates an empty database on the server that the tests of this process share. Returns its URL.
///
/// # Panics
/// If PostgreSQL is not installed (package `postgresql`) or does not start.
pub fn new_database() -> String {
    static SHARED: LazyLock<PathBuf> = LazyLock::new(|| {
        let (sender, folder) = mpsc::channel();
        // The server ends with the thread that started it. This one ends with the process.
        thread::spawn(move || {
            let server = Server::start();
            let _ = sender.send(server.folder.clone());
            loop {
                thread::park();
            }
        });
        folder.recv().expect("the server starts")
    });
    create_database(&SHARED)
}

impl Server {
    /// Starts a server for one test.
    ///
    /// # Panics
    /// If PostgreSQL is not installed (package `postgresql`) or does not start.
    pub fn start() -> Self {
        let mut server = Self::created();
        server.start_again();
        server
    }

    /// Starts a server that also listens on a port of the loopback address, with this certificate and key, in PEM.
    ///
    /// # Panics
    /// As [`Server::start`].
    pub fn start_with_tls(certificate: &str, key: &str) -> Self {
        let mut server = Self::created();
        for (name, content) in [("tls.crt", certificate), ("tls.key", key)] {
            let file = server.folder.join(name);
            fs::write(&file, content).expect("the folder is writable");
            fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("the file is ours");
            if is_root() {
                run(Command::new("chown").arg("postgres").arg(&file));
            }
        }
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        server.port = free.expect("a port is free").port();
        server.has_tls = true;
        server.start_again();
        server
    }

    /// A server that has not started yet.
    fn created() -> Self {
        let server = Self::stopped();
        let mut initdb = unprivileged("initdb");
        initdb.args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8"]);
        // A locale whose rules for letter case and order differ from those of bytes, as operators have them.
        initdb.args(["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]);
        run(initdb.arg("--pgdata").arg(server.data()));
        server
    }

    /// A server without data, in a new folder.
    fn stopped() -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        remove_leftovers();
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("{FOLDER}{}-{number}", id()));
        DirBuilder::new().mode(0o700).create(&folder).expect("the folder is new");
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&folder));
        }
        Self { folder, port: PORT, has_tls: false, process: None }
    }

    /// Starts the server after [`Server::kill`].
    ///
    /// # Panics
    /// If it does not answer within 30 seconds.
    pub fn start_again(&mut self) {
        for _ in 0..300 {
            // After a kill, the first attempts may fail: other processes of the old server are still ending.
            if self.process.as_mut().is_none_or(|process| process.try_wait().is_ok_and(|ended| ended.is_some())) {
                self.process = Some(self.spawn());
            }
            let mut ready = Command::new("pg_isready");
            ready.arg("--quiet").arg("--host").arg(&self.folder).args(["--port", &self.port.to_string()]);
            let ready = ready.status();
            if ready.expect("pg_isready is there").success() {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("the server does not answer");
    }

    fn spawn(&self) -> Child {
        let mut server = unprivileged("postgres");
        server.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        server.args(["-p", &self.port.to_string(), "-c", "max_connections=500"]);
        if self.has_tls {
            server.args(["-c", "listen_addresses=127.0.0.1", "-c", "ssl=on"]);
            for (setting, file) in [("ssl_cert_file", "tls.crt"), ("ssl_key_file", "tls.key")] {
                server.arg("-c").arg(format!("{setting}={}", self.folder.join(file).display()));
            }
        } else {
            server.args(["-c", "listen_addresses="]);
        }
        server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("setpriv is there")
    }

    /// Kills the server, as a crash of its machine would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Creates an empty database. Returns its URL.
    pub fn new_database(&self) -> String {
        create_database(&self.folder)
    }

    /// The port on the loopback address, with TLS.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of its socket, which PostgreSQL's tools accept as the host.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The socket that the server listens on.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(format!(".s.PGSQL.{}", self.port))
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn create_database(folder: &Path) -> String {
    static CREATED: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}", CREATED.fetch_add(1, Ordering::Relaxed));
    run(Command::new("createdb").arg("--host").arg(folder).args(["--username", "postgres", &name]));
    format!("postgres://postgres@localhost/{name}?host={}", folder.display())
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

/// Returns what the program prints.
fn run(command: &mut Command) -> String {
    let output = command.output().expect("the program is there");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Removes the folders of processes that have ended.
fn remove_leftovers() {
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(FOLDER)?.split('-').next()?.parse::<u32>().ok());
        if owner.is_some_and(|owner| !Path::new("/proc").join(owner.to_string()).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
