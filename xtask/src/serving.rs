//! Servers that a task starts and stops.

use crate::command::{TaskResult, program};
use crate::http::Client;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The administrator created by `set_up`, and the password in form encoding.
const USER: &str = "somebody";
const PASSWORD: &str = "correct+horse+battery";

pub fn log_in_form() -> String {
    format!("user_name={USER}&password={PASSWORD}")
}

/// The command that serves this folder on a free loopback port, with checks only on request.
pub fn portolan(binary: &Path, data: &Path) -> Command {
    let mut command = program(binary).args(["serve", "--listen", "127.0.0.1:0", "--plain-http"]).command();
    command.args(["--check-every", "0", "--data"]).arg(data);
    command
}

/// The command that serves this PostgreSQL database on a free loopback port, with checks every five minutes that may
/// connect to this machine. Servers with the same key file can share the database.
pub fn portolan_on(binary: &Path, data: &Path, database: &str, key_file: &Path) -> Command {
    let mut command = program(binary).args(["serve", "--listen", "127.0.0.1:0", "--plain-http"]).command();
    command.args(["--allow-network", "127.0.0.0/8", "--database", database]);
    command.arg("--data").arg(data).arg("--key-file").arg(key_file);
    command
}

/// A running server. It stops when dropped.
pub struct Serving {
    child: Child,
    pub address: String,
    token: String,
}

impl Serving {
    /// Waits for the lines that contain its address and, if there are two, the token of the set-up link.
    pub fn start(mut command: Command, lines: usize) -> TaskResult<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
        let output = child.stdout.take().ok_or("no output")?;
        let printed: Vec<String> = BufReader::new(output).lines().take(lines).map_while(Result::ok).collect();
        let after = |line: usize, word: &str| {
            printed.get(line).and_then(|line| line.rsplit(word).next()).unwrap_or_default().to_owned()
        };
        let serving = Self { child, address: after(0, "://"), token: after(1, "token=") };
        if printed.len() < lines { Err(format!("{command:?} did not start")) } else { Ok(serving) }
    }

    /// Creates the first administrator. Returns a logged-in client.
    pub fn set_up(&self) -> TaskResult<Client> {
        let anonymous = Client::anonymous(&self.address);
        let form =
            format!("token={}&user_name={USER}&new_password={PASSWORD}&repeated_password={PASSWORD}", self.token);
        let answer = anonymous.post("/ui/setup", &form)?;
        let session = answer.session().ok_or_else(|| format!("the set-up failed: {}", answer.summary()))?;
        Ok(Client { session, ..anonymous })
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it (SIGKILL) and waits for its end.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to stop (SIGTERM), and waits for its end.
    ///
    /// # Errors
    /// If its exit code is not 0.
    pub fn stop(&mut self) -> TaskResult {
        program("kill").args([self.id().to_string()]).run()?;
        let status = self.child.wait().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("the server did not stop well: {status}")) }
    }

    /// A line of `/proc/…/status` in KiB, such as `VmRSS`.
    pub fn memory_kib(&self, line: &str) -> TaskResult<u64> {
        let status = fs::read_to_string(self.proc("status")).map_err(|error| format!("/proc: {error}"))?;
        let value = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
        let number = value.and_then(|value| value.trim().trim_end_matches(" kB").parse().ok());
        number.ok_or_else(|| format!("/proc has no line {line}"))
    }

    /// The number of open file descriptors.
    pub fn descriptors(&self) -> TaskResult<usize> {
        fs::read_dir(self.proc("fd")).map(Iterator::count).map_err(|error| format!("/proc: {error}"))
    }

    fn proc(&self, file: &str) -> PathBuf {
        Path::new("/proc").join(self.id().to_string()).join(file)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.kill();
    }
}
