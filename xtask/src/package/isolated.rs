//! A copy of this machine's files that programs can change without changing the machine: an overlay in memory, seen only
//! by processes that enter it.

use crate::command::{TaskResult, program};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Mounts the overlay, and becomes a process that does nothing but hold it. What is mounted below `/`, such as `/run`, is
/// not part of it.
const HOLD: &str = r#"
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
mount --rbind /dev "$1/root/dev"
mount -t proc proc "$1/root/proc"
mount -t tmpfs tmpfs "$1/root/tmp"
mkdir -p "$1/root/run/lock"
echo mounted
exec chroot "$1/root" sleep infinity
"#;

/// The isolated files. Gone when dropped.
pub struct Isolated {
    holder: Child,
    folder: PathBuf,
}

impl Isolated {
    /// # Errors
    /// If this machine does not allow mounts, or has no overlay file system.
    pub fn new() -> TaskResult<Self> {
        let folder = std::env::temp_dir().join(format!("portolan-package-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut command = program("unshare").args(["--mount", "sh", "-c", HOLD, "sh"]).args([&folder]).command();
        let mut holder = command.stdout(Stdio::piped()).spawn().map_err(|error| format!("unshare: {error}"))?;
        let mut said = String::new();
        if let Some(output) = holder.stdout.take() {
            let _ = BufReader::new(output).read_line(&mut said);
        }
        let isolated = Self { holder, folder };
        if said.trim() == "mounted" { Ok(isolated) } else { Err("an overlay cannot be mounted here".to_owned()) }
    }

    /// A program that sees these files as all there are.
    pub fn program(&self, name: &str) -> Command {
        let target = self.holder.id().to_string();
        let mut command = Command::new("nsenter");
        command.args(["--mount", "--root", "--wdns=/", "--target", &target, "--", name]);
        command.stdin(Stdio::null());
        command
    }

    /// Runs a program, and returns what it printed.
    ///
    /// # Errors
    /// What it printed, if it failed.
    pub fn run(&self, name: &str, arguments: &[&str]) -> TaskResult<String> {
        let output = self.program(name).args(arguments).env("DEBIAN_FRONTEND", "noninteractive").output();
        let output = output.map_err(|error| format!("nsenter: {error}"))?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        if output.status.success() { Ok(said) } else { Err(format!("{name} {}: {said}", arguments.join(" "))) }
    }

    /// The path of one of these files for processes outside.
    pub fn path(&self, path: &str) -> PathBuf {
        Path::new("/proc").join(self.holder.id().to_string()).join("root").join(path.trim_start_matches('/'))
    }

    pub fn read(&self, path: &str) -> TaskResult<String> {
        fs::read_to_string(self.path(path)).map_err(|error| format!("{path}: {error}"))
    }

    pub fn write(&self, path: &str, text: &str) -> TaskResult {
        fs::write(self.path(path), text).map_err(|error| format!("{path}: {error}"))
    }

    pub fn exists(&self, path: &str) -> bool {
        // Also a link that leads nowhere.
        fs::symlink_metadata(self.path(path)).is_ok()
    }
}

impl Drop for Isolated {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
        let _ = fs::remove_dir(&self.folder);
    }
}
