//! A server that a task starts, asks and ends.

use crate::command::{TaskResult, program};
use crate::http::Client;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The administrator that `set_up` makes, and the password as a form sends it.
const USER: &str = "somebody";
const PASSWORD: &str = "correct+horse+battery";

/// The form that logs the administrator in.
pub fn log_in_form() -> String {
    format!("user_name={USER}&password={PASSWORD}")
}

/// The command that serves this folder on a free port of loopback and checks registries only on request.
pub fn portolan(binary: &Path, data: &Path) -> Command {
    let mut command = program(binary).args(["serve", "--listen", "127.0.0.1:0", "--plain-http"]).command();
    command.args(["--check-every", "0", "--data"]).arg(data);
    command
}

/// A server that runs; it ends with this value.
pub struct Serving {
    child: Child,
    pub address: String,
    token: String,
}

impl Serving {
    /// Waits for the lines that say where it listens and, if there is a second, its set-up token.
    pub fn start(mut command: Command, lines: usize) -> TaskResult<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
        let output = child.stdout.take().ok_or("no output")?;
        let printed: Vec<String> = BufReader::new(output).lines().take(lines).map_while(Result::ok).collect();
        let after = |line: usize, word: &str| {
            printed.get(line).and_then(|line| line.rsplit(word).next()).unwrap_or_default().to_owned()
        };
        let serving = Self { child, address: after(0, "http://"), token: after(1, "token=") };
        if printed.len() < lines { Err(format!("{command:?} did not start")) } else { Ok(serving) }
    }

    /// Makes the first administrator and gives a client that is logged in.
    pub fn set_up(&self) -> TaskResult<Client> {
        let stranger = Client::stranger(&self.address);
        let form =
            format!("token={}&user_name={USER}&new_password={PASSWORD}&repeated_password={PASSWORD}", self.token);
        let answer = stranger.post("/ui/setup", &form)?;
        let session = answer.session().ok_or_else(|| format!("the set-up failed: {}", answer.summary()))?;
        Ok(Client { session, ..stranger })
    }

    /// Its number among the processes of this machine.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once (kill -9) and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// A line of `/proc/…/status` in KiB, such as `VmRSS`.
    pub fn memory_kib(&self, line: &str) -> TaskResult<u64> {
        let status = fs::read_to_string(self.proc("status")).map_err(|error| format!("/proc: {error}"))?;
        let value = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
        let number = value.and_then(|value| value.trim().trim_end_matches(" kB").parse().ok());
        number.ok_or_else(|| format!("/proc does not say {line}"))
    }

    /// How many file descriptors it holds.
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
