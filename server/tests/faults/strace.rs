//! strace on a running server.

use super::process::Process;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Detached when dropped.
pub struct Strace(Child);

impl Strace {
    /// Attaches it to all threads of a server. `None` if this machine does not allow it.
    pub fn attach(server: &Process, arguments: &[&str]) -> Option<Self> {
        let strace = Command::new("strace")
            .args(["-f", "-q"])
            .args(arguments)
            .args(["-p", &server.id().to_string()])
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut strace) = strace else {
            eprintln!("skipped: strace is not installed");
            return None;
        };
        while !server.is_traced() {
            if strace.try_wait().unwrap().is_some() {
                eprintln!("skipped: this machine does not allow tracing");
                return None;
            }
            sleep(Duration::from_millis(10));
        }
        Some(Self(strace))
    }

    /// Makes every sync of the server's files fail or slow.
    pub fn inject(server: &Process, fault: &str) -> Option<Self> {
        let inject = format!("inject=fdatasync,fsync:{fault}");
        Self::attach(server, &["-e", "trace=fdatasync,fsync", "-e", &inject, "-o", "/dev/null"])
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        // Not SIGKILL, because strace has to detach from the server first.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}
