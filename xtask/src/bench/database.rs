//! An empty database of either engine, and servers on it.

use crate::command::TaskResult;
use crate::serving::{self, Serving};
use clap::ValueEnum;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    Sqlite,
    /// A server of its own, on a local socket
    Postgres,
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// Removed when dropped.
pub struct Database {
    folder: PathBuf,
    /// The server and the URL, unless it is a SQLite file.
    postgres: Option<(test_postgres::Server, String)>,
}

impl Database {
    pub fn new(engine: Engine) -> TaskResult<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("portolan-bench-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let postgres = (engine == Engine::Postgres).then(|| {
            let server = test_postgres::Server::start();
            let url = server.new_database();
            (server, url)
        });
        Ok(Self { folder, postgres })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A server whose checks may connect to this machine. Another one on PostgreSQL shares the database.
    pub fn serve(&self, binary: &Path, lines: usize) -> TaskResult<Serving> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mut command = match &self.postgres {
            Some((_, url)) => {
                let data = self.folder.join(COUNT.fetch_add(1, Ordering::Relaxed).to_string());
                let mut command = serving::portolan(binary, &data);
                command.args(["--database", url, "--key-file"]).arg(self.folder.join("portolan.key"));
                command
            }
            None => serving::portolan(binary, &self.folder),
        };
        command.args(["--allow-network", "127.0.0.0/8"]).stderr(Stdio::null());
        Serving::start(command, lines)
    }

    /// Runs statements. No server may be running on a SQLite file.
    pub fn execute(&self, statements: &str) -> TaskResult {
        let mut command = if let Some((_, url)) = &self.postgres {
            let mut command = Command::new("psql");
            command.args(["--quiet", "--set", "ON_ERROR_STOP=1", "--command", statements, url]);
            command
        } else {
            let mut command = Command::new("sqlite3");
            command.arg(self.folder.join("portolan.db")).arg(statements);
            command
        };
        let output = command.stdout(Stdio::null()).output().map_err(|error| error.to_string())?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
