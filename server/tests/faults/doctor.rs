//! `portolan doctor`: each problem is produced for real, and named with what to do. Nothing is written.

mod data;
mod database;
mod key;
mod machine;

use super::process::Process;
use sqlx::any::install_default_drivers;
use sqlx::{AnyPool, AssertSqlSafe};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// Never in what the command says.
const CANARY: &str = "ca9a51e5";

/// What the command said.
struct Report {
    text: String,
    succeeded: bool,
}

impl Report {
    #[track_caller]
    fn of(output: Output) -> Self {
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(!text.contains(CANARY) && !text.contains("panicked"), "{text}");
        Self { text, succeeded: output.status.success() }
    }

    /// A line with this severity that contains all of these texts.
    #[track_caller]
    fn says(&self, severity: &str, texts: &[&str]) {
        let mut lines = self.text.lines().filter(|line| line.starts_with(severity));
        let found = lines.any(|line| texts.iter().all(|text| line.contains(text)));
        assert!(found, "no {severity} with {texts:?}:\n{}", self.text);
        assert_eq!(self.succeeded, !self.text.lines().any(|line| line.starts_with("problem")), "{}", self.text);
        let has_next_step =
            |line: &str| line.starts_with("ok") || line.contains(" \u{2014} ") || line.contains(" problem");
        assert!(self.text.lines().all(has_next_step), "{}", self.text);
    }

    #[track_caller]
    fn is_sound(&self) {
        assert!(self.succeeded && !self.text.contains("problem"), "{}", self.text);
    }
}

/// The command for a data folder, on a port that nobody uses.
fn command(data: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
    command.args(["doctor", "--listen", "127.0.0.1:0", "--data"]).arg(data).args(options);
    command
}

#[track_caller]
fn doctor(data: &Path, options: &[&str]) -> Report {
    Report::of(command(data, options).output().unwrap())
}

/// The same, run by another program that gets the command as its arguments.
#[track_caller]
fn doctor_within(program: &[&str], data: &Path, options: &[&str]) -> Report {
    let inner = command(data, options);
    let mut outer = Command::new(program[0]);
    outer.args(&program[1..]).arg(inner.get_program()).args(inner.get_args());
    Report::of(outer.output().unwrap())
}

/// A data folder as a server has left it, with one registry, and the options that lead to its database.
struct Site {
    folder: TempDir,
    database: Option<String>,
}

impl Site {
    /// One on SQLite, and one on PostgreSQL.
    fn on_both_engines() -> [Self; 2] {
        [None, Some(test_postgres::new_database())].map(Self::on)
    }

    fn on_sqlite() -> Self {
        Self::on(None)
    }

    #[track_caller]
    fn on(database: Option<String>) -> Self {
        let mut site = Self { folder: tempfile::tempdir().unwrap(), database };
        let options = [&["--check-every", "0"][..], &site.options()].concat();
        let server = Process::start(&options, &[]);
        let session = server.set_up();
        let form = format!("name=one&workspace=default&url=http://127.0.0.1:9&username=robot&password={CANARY}");
        assert_eq!(server.post("/ui/image-registries/create", &form, &session).0, 200);
        drop(options);
        site.folder = server.stop();
        site
    }

    fn data(&self) -> &Path {
        self.folder.path()
    }

    fn options(&self) -> Vec<&str> {
        self.database.as_ref().map_or(Vec::new(), |url| vec!["--database", url])
    }

    #[track_caller]
    fn doctor(&self, options: &[&str]) -> Report {
        let report = doctor(self.data(), &[&self.options(), options].concat());
        if let Ok(keys) = fs::read_to_string(self.data().join("portolan.key")) {
            assert!(keys.lines().all(|key| !report.text.contains(key)), "{}", report.text);
        }
        report
    }

    /// Changes the database as no server would.
    fn execute(&self, statement: &str) {
        let file = format!("sqlite://{}", self.data().join("portolan.db").display());
        let url = self.database.clone().unwrap_or(file);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            install_default_drivers();
            let pool = AnyPool::connect(&url).await.unwrap();
            sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&pool).await.unwrap();
            pool.close().await;
        });
    }

    /// Every file with its mode, its time of change and its content.
    fn files(&self) -> BTreeMap<String, (u32, i64, i64, Vec<u8>)> {
        let entries = fs::read_dir(self.data()).unwrap().map(|entry| entry.unwrap().path());
        let state = |path: &Path| {
            let metadata = fs::metadata(path).unwrap();
            (metadata.mode(), metadata.mtime(), metadata.mtime_nsec(), fs::read(path).unwrap())
        };
        entries.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), state(&path))).collect()
    }
}

#[test]
fn nothing_is_wrong_with_a_server_that_was_stopped_and_nothing_is_written() {
    for site in Site::on_both_engines() {
        let before = site.files();
        let report = site.doctor(&[]);
        report.is_sound();
        report.says("ok", &["database", "with the tables of this version"]);
        report.says("ok", &["key", "holds key"]);
        report.says("ok", &["clock"]);
        assert!(before == site.files(), "{:?}", site.files().keys());
    }
}

#[test]
fn nothing_is_wrong_beside_a_running_server_nor_after_it_was_killed() {
    for database in [None, Some(test_postgres::new_database())] {
        let options: Vec<&str> = database.as_ref().map_or(Vec::new(), |url| vec!["--database", url]);
        let server = Process::start(&[&["--check-every", "0"], &options[..]].concat(), &[]);
        let session = server.set_up();
        let ask = || doctor(server.data(), &[&["--plain-http"], &options[..]].concat());
        ask().is_sound();
        let address = server.address();
        let mut inner = command(server.data(), &options);
        // In place of port 0.
        let arguments: Vec<_> = inner.get_args().map(|argument| argument.to_str().unwrap().to_owned()).collect();
        inner = Command::new(env!("CARGO_BIN_EXE_portolan"));
        inner.args(arguments.iter().map(|argument| if argument == "127.0.0.1:0" { address } else { argument }));
        Report::of(inner.output().unwrap()).says("ok", &["Portolan uses", address]);
        assert_eq!(server.create("after", &session).0, 200);
        let stored = |name: &str| fs::read(server.data().join(name)).unwrap_or_default();
        server.signal("KILL");
        let before = ["portolan.db", "portolan.db-wal"].map(stored);
        ask().is_sound();
        assert!(before == ["portolan.db", "portolan.db-wal"].map(stored));
    }
}

#[test]
fn where_nothing_is_yet_nothing_is_created() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let report = doctor(&missing, &[]);
    report.says("warning", &["data folder", "there is no"]);
    report.says("warning", &["database", "there is no"]);
    report.says("ok", &["the first start creates it"]);
    assert!(!missing.exists());
    doctor(folder.path(), &["--database", &test_postgres::new_database()]).says("warning", &["is empty"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn options_that_a_server_would_refuse_are_named_and_the_rest_is_examined() {
    let site = Site::on_sqlite();
    let proxy = format!("ftp://robot:{CANARY}@proxy.example.com");
    for (options, expected) in [
        (vec!["--database", "mysql://db.example.com"], "begins with postgres://"),
        (vec!["--proxy", proxy.as_str()], "The address of the proxy cannot be read"),
        (vec!["--public-url", "http://console.example.com"], "Sessions need https"),
        (vec!["--key-file", "a", "--key-command", CANARY], "given more than once"),
    ] {
        let report = site.doctor(&options);
        report.says("problem", &["options", expected]);
        report.says("ok", &["file system"]);
    }
}

#[test]
fn machines_read_the_same_as_json() {
    let site = Site::on_sqlite();
    fs::remove_file(site.data().join("portolan.key")).unwrap();
    let output = command(site.data(), &["--json"]).output().unwrap();
    assert!(!output.status.success());
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let key = found.as_array().unwrap().iter().find(|one| one["check"] == "key").unwrap();
    assert_eq!(key["severity"], "problem");
    assert!(key["what"].as_str().unwrap().contains("there is no key file"), "{key}");
    assert!(key["next_step"].as_str().unwrap().starts_with("Put it back"), "{key}");
}
