//! Runs other programs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An error message for the person who runs the task.
pub type TaskResult<T = ()> = Result<T, String>;

/// A program to be run in the project's folder.
pub struct Run(Command);

/// The root folder of the project.
pub fn root() -> PathBuf {
    // xtask is always one level below the root.
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Prints the current step, so that people know what they are waiting for.
pub fn print_step(step: &str) {
    eprintln!("\u{2014} {step}");
}

/// A program with this name or path.
pub fn program(name: impl AsRef<OsStr>) -> Run {
    let mut command = Command::new(name);
    command.current_dir(root());
    Run(command)
}

/// The cargo that runs this task.
pub fn cargo<I: IntoIterator<Item: AsRef<OsStr>>>(arguments: I) -> Run {
    program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).args(arguments)
}

/// Whether the program can be run with `--version`.
pub fn is_there(name: &str) -> bool {
    Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

impl Run {
    pub fn args<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, arguments: I) -> Self {
        self.0.args(arguments);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Removes an environment variable.
    pub fn without_env(mut self, name: &str) -> Self {
        self.0.env_remove(name);
        self
    }

    /// Runs it in this folder of the project.
    pub fn within(mut self, folder: &str) -> Self {
        self.0.current_dir(root().join(folder));
        self
    }

    /// The command itself, to run in the background.
    pub fn command(self) -> Command {
        self.0
    }

    /// Runs it and shows its output.
    pub fn run(mut self) -> TaskResult {
        let status = self.0.status().map_err(|error| self.failed(&error.to_string()))?;
        if status.success() { Ok(()) } else { Err(self.failed(&status.to_string())) }
    }

    /// Runs it. Returns its standard output and whether it succeeded; also shows the output if `shown`.
    pub fn read(mut self, shown: bool) -> (String, bool) {
        self.0.stdout(Stdio::piped());
        let Ok(mut child) = self.0.spawn() else {
            return (String::new(), false);
        };
        let mut text = String::new();
        if let Some(output) = child.stdout.take() {
            for line in std::io::BufRead::lines(std::io::BufReader::new(output)).map_while(Result::ok) {
                if shown {
                    eprintln!("{line}");
                }
                text.push_str(&line);
                text.push('\n');
            }
        }
        (text, child.wait().is_ok_and(|status| status.success()))
    }

    #[expect(clippy::unnecessary_debug_formatting, reason = "the quotes show where a path with spaces ends")]
    fn failed(&self, why: &str) -> String {
        format!("{:?} failed: {why}", self.0.get_program())
    }
}
