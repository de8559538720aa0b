//! The one binary, and running it.

use crate::command::{TaskResult, cargo, program, root, say};
use crate::{assets, browser};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

/// Builds browser and server; gives the path of the binary.
pub fn build() -> TaskResult<PathBuf> {
    assets::write_assets(&browser::build()?)?;
    say("compiling the server");
    cargo(["build", "--package", "server", "--bin", "portolan", "--release", "--locked"]).run()?;
    Ok(root().join("target/release/portolan"))
}

/// Builds and serves, on this machine: with session cookies that travel over plain http.
pub fn run(arguments: &[String]) -> TaskResult {
    program(build()?).args(["serve", "--plain-http"]).args(arguments).run()
}

/// Builds and serves again after each change.
pub fn watch() -> TaskResult {
    let mut serving: Option<Child> = None;
    let mut seen = None;
    loop {
        let newest = newest_source(&root());
        if newest != seen {
            seen = newest;
            if let Some(mut child) = serving.take() {
                let _ = child.kill();
                let _ = child.wait();
            }
            match build().map(|binary| program(binary).args(["serve", "--plain-http"]).command().spawn()) {
                Ok(Ok(child)) => serving = Some(child),
                Ok(Err(error)) => say(&format!("portolan does not start: {error}")),
                Err(problem) => say(&problem),
            }
        }
        sleep(Duration::from_millis(500));
    }
}

/// When a source file was last changed, anywhere below `folder`.
fn newest_source(folder: &Path) -> Option<SystemTime> {
    const SKIPPED: [&str; 4] = ["target", "node_modules", ".git", "data"];
    let entries = fs::read_dir(folder).ok()?.flatten();
    entries
        .filter(|entry| !SKIPPED.iter().any(|name| entry.file_name() == *name))
        .filter_map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => newest_source(&entry.path()),
            Ok(metadata) => metadata.modified().ok(),
            Err(_) => None,
        })
        .max()
}
