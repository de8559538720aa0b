//! Builds and runs the server.

use crate::command::{TaskResult, cargo, print_step, program, root};
use crate::{assets, browser};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

/// Builds browser and server. Returns the path of the binary.
pub fn build() -> TaskResult<PathBuf> {
    assets::write_assets(&browser::build()?)?;
    print_step("compiling the server");
    cargo(["build", "--package", "server", "--bin", "portolan", "--release", "--locked"]).run()?;
    Ok(root().join("target/release/portolan"))
}

/// Builds and serves on this machine, with session cookies for plain http.
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
                Ok(Err(error)) => print_step(&format!("the server did not start: {error}")),
                Err(problem) => print_step(&problem),
            }
        }
        sleep(Duration::from_millis(500));
    }
}

/// When a source file below `folder` was last changed.
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
