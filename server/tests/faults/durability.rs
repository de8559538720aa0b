//! What was acknowledged is on disk, whatever happens to the process: the order of its system calls, a stop in the middle of
//! work, and the end of a migration.

use super::PROMPTLY;
use super::process::Process;
use super::strace::Strace;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqliteSynchronous};
use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");

/// The system calls of a server that read requests, write answers, and put files on disk.
struct SystemCalls {
    strace: Strace,
    file: tempfile::NamedTempFile,
}

impl SystemCalls {
    /// `None` if this machine does not allow it.
    fn watch(server: &Process) -> Option<Self> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let calls = "trace=fdatasync,fsync,read,recvfrom,write,writev,sendto,sendmsg";
        let arguments = ["-y", "-s", "40", "-e", calls, "-o", file.path().to_str().unwrap()];
        let strace = Strace::attach(server, &arguments)?;
        Some(Self { strace, file })
    }

    /// One line for each call, and a second one for its end if other threads have called meanwhile.
    fn lines(self) -> Vec<String> {
        drop(self.strace);
        fs::read_to_string(self.file.path()).unwrap().lines().map(str::to_owned).collect()
    }
}

#[test]
fn r3_a_change_is_answered_after_it_is_on_disk() {
    let server = Process::start(&["--check-every", "0"], &[]);
    let session = server.set_up();
    let Some(calls) = SystemCalls::watch(&server) else { return };
    // The calls of a thread are seen a moment after it is attached to.
    for number in 0..10 {
        assert_eq!(server.create(&format!("before-{number}"), &session).0, 200);
    }
    let seen = fs::read_to_string(calls.file.path()).unwrap().lines().count();
    for number in 0..10 {
        assert_eq!(server.create(&format!("registry-{number}"), &session).0, 200);
    }
    let calls = calls.lines();
    let thread = |line: &str| line.split_whitespace().next().unwrap_or_default().to_owned();
    let (mut syncing, mut is_synced, mut answered) = (BTreeSet::new(), None, 0);
    for line in calls.iter().skip(seen) {
        if line.contains("\"POST /ui/image-registries/create") {
            is_synced = Some(false);
        } else if line.contains("sync(") && line.contains("portolan.db-wal") {
            if line.ends_with("= 0") {
                is_synced = is_synced.map(|_| true);
            } else {
                syncing.insert(thread(line));
            }
        } else if line.contains("sync resumed") && line.ends_with("= 0") && syncing.remove(&thread(line)) {
            is_synced = is_synced.map(|_| true);
        } else if line.contains("\"HTTP/1.1 200") {
            assert_eq!(is_synced, Some(true), "answered before the write-ahead log was on disk:\n{}", calls.join("\n"));
            (is_synced, answered) = (None, answered + 1);
        }
    }
    assert_eq!(answered, 10, "{}", calls.join("\n"));
}

/// Reads the answer to a request that was sent before. Returns its status, and whether it arrived whole.
fn answer(mut stream: TcpStream) -> (u16, bool) {
    let mut bytes = Vec::new();
    let is_whole = stream.read_to_end(&mut bytes).is_ok();
    let text = String::from_utf8_lossy(&bytes);
    (text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default(), is_whole)
}

#[test]
fn r10_a_stop_lets_fifty_writes_end_and_waits_for_no_registry() {
    let options = ["--check-every", "0", "--allow-network", "127.0.0.0/8"];
    let mut server = Process::start(&options, &[]);
    let session = server.set_up();
    // Accepts a connection and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut stalled = server.connect();
    let test = format!("url=http://{}", silent.local_addr().unwrap());
    server.send_post(&mut stalled, "/ui/image-registries/create/test", &test, &session, "close");
    let _connection = silent.accept().unwrap();
    // Each write takes long enough that most of them are waiting when the server is told to stop.
    let Some(fault) = Strace::inject(&server, "delay_enter=10000") else { return };
    let mut writes = Vec::new();
    for number in 0..50 {
        let mut stream = server.connect();
        let form = format!("name=registry-{number}&workspace=default&url=https://registry.example.test");
        server.send_post(&mut stream, "/ui/image-registries/create", &form, &session, "close");
        writes.push(stream);
    }
    // Once a few are answered, one after the other, the others have arrived.
    for stream in &writes {
        stream.set_nonblocking(true).unwrap();
    }
    let answered = || writes.iter().filter(|stream| stream.peek(&mut [0]).is_ok()).count();
    while answered() < 5 {
        sleep(Duration::from_millis(1));
    }
    let before = answered();
    for stream in &writes {
        stream.set_nonblocking(false).unwrap();
    }
    let begun = Instant::now();
    server.signal("TERM");
    let (refused, statuses) = scope(|scope| {
        let refused = scope.spawn(|| {
            while begun.elapsed() < PROMPTLY {
                match TcpStream::connect(server.address()) {
                    Err(error) if error.kind() == ErrorKind::ConnectionRefused => return true,
                    _ => sleep(Duration::from_millis(10)),
                }
            }
            false
        });
        let answers: Vec<_> = writes.into_iter().map(|stream| scope.spawn(|| answer(stream))).collect();
        let statuses: Vec<_> = answers
            .into_iter()
            .map(|answered| {
                let (status, is_complete) = answered.join().unwrap();
                // On a busy machine, some wait for the database for too long. They are told that nothing was changed.
                assert!(is_complete && [200, 503].contains(&status), "{status}");
                status
            })
            .collect();
        (refused.join().unwrap(), statuses)
    });
    let stored = statuses.iter().filter(|status| **status == 200).count();
    assert!(stored > before, "{stored} were stored, {before} of them before the stop");
    drop(fault);
    let (_, succeeded) = server.terminate();
    // Ten seconds, and what a busy machine adds.
    assert!(succeeded && begun.elapsed() < Duration::from_secs(10) + PROMPTLY, "{:?}", begun.elapsed());
    assert!(refused, "a server that stops takes no new connections");
    let log = fs::metadata(server.data().join("portolan.db-wal")).map_or(0, |file| file.len());
    assert_eq!(log, 0, "the write-ahead log is in the database");
    let server = Process::start_on(server.stop(), &options, &[]);
    for (number, status) in statuses.into_iter().enumerate() {
        let stored = server.get(&format!("/image-registries/default/registry-{number}"), &session).0;
        assert_eq!(stored, if status == 200 { 200 } else { 404 }, "registry-{number} was answered with {status}");
    }
}

/// A database of the fifth version, with a workspace in it.
async fn old_database(data: &Path) {
    let options = SqliteConnectOptions::new().filename(data.join("portolan.db")).create_if_missing(true);
    let options = options.synchronous(SqliteSynchronous::Off);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let known = MIGRATIONS.iter().filter(|migration| migration.version <= 5).cloned().collect();
    Migrator::with_migrations(known).run(&pool).await.unwrap();
    sqlx::query("insert into workspace (id, name, created_at) values ('h', 'harbour', 1)")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
}

/// The newest migration that was run, and whether the workspace is there.
async fn state_of(data: &Path) -> (i64, bool) {
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(data.join("portolan.db"))).await.unwrap();
    let sound: String = sqlx::query_scalar("pragma integrity_check").fetch_one(&pool).await.unwrap();
    assert_eq!(sound, "ok");
    let version = "select max(version) from _sqlx_migrations where success";
    let version = sqlx::query_scalar(version).fetch_one(&pool).await.unwrap();
    let there = "select count(*) > 0 from workspace where name = 'harbour'";
    let there = sqlx::query_scalar(there).fetch_one(&pool).await.unwrap();
    pool.close().await;
    (version, there)
}

#[tokio::test]
async fn r9_a_migration_that_is_killed_goes_on_at_the_next_start() {
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap();
    let mut reached = BTreeSet::new();
    for microseconds in [0, 500, 1_000, 2_000, 4_000, 7_000, 11_000, 16_000, 22_000, 30_000, 45_000, 70_000, 100_000] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_owned();
        old_database(&data).await;
        let mut child = Command::new(env!("CARGO_BIN_EXE_portolan"))
            .args(["serve", "--listen", "127.0.0.1:0", "--plain-http", "--data"])
            .arg(&data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The copy is the last thing that is done before.
        while !data.join("portolan.db.before-6").exists() {
            assert!(child.try_wait().unwrap().is_none(), "the server did not start");
            sleep(Duration::from_micros(200));
        }
        sleep(Duration::from_micros(microseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        let (version, there) = state_of(&data).await;
        assert!(there, "killed after {microseconds} \u{b5}s");
        // Wherever it was, the next start goes on from there.
        if reached.insert(version) {
            let folder = Process::start_on(folder, &["--check-every", "0"], &[]).stop();
            assert_eq!(
                state_of(folder.path()).await,
                (newest, true),
                "killed after {microseconds} \u{b5}s, at {version}"
            );
        }
        if version == newest {
            break;
        }
    }
    // How far it comes within a time depends on the machine.
    assert!(reached.first() < Some(&newest), "never killed before the end: {reached:?}");
}
