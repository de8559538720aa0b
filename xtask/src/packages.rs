//! Dependencies from Debian and npm.

use crate::command::{TaskResult, is_there, print_step, program, root};
use std::process::Command;

/// The oldest Node.js that Playwright supports.
const OLDEST_NODE: u32 = 20;

/// Installs missing Debian packages if run as root, and otherwise returns an error that names them. Services in these
/// packages are not started.
pub fn ensure_apt_packages(packages: &[&str], why: &str) -> TaskResult {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !is_there("apt-get") {
        return Err(format!("{why} needs the equivalent of Debian's {names}. Install them, then run this again."));
    }
    if !is_root() {
        return Err(format!(
            "{why} needs packages. Install them, then run this again:\n\n    sudo sh xtask/src/install.sh {names}\n"
        ));
    }
    print_step(&format!("{why} needs packages. As root, this installs them now with apt-get: {names}"));
    let script = ["-c", include_str!("install.sh"), "install.sh"];
    program("sh").args(script).args(&missing).env("DEBIAN_FRONTEND", "noninteractive").run()
}

/// Installs the packages of `end2end/package-lock.json` if they are missing or outdated.
pub fn npm() -> TaskResult {
    let folder = root().join("end2end");
    let read = |path: &str| std::fs::read(folder.join(path)).ok();
    // npm does not record which lock file it installed from, so keep a copy.
    if read("package-lock.json") == read("node_modules/.installed-lock.json") {
        return Ok(());
    }
    if !is_there("npm") {
        ensure_apt_packages(&["nodejs", "npm"], "The browser tests")?;
    }
    if node_version().is_none_or(|version| version < OLDEST_NODE) {
        return Err(format!("The browser tests need Node.js {OLDEST_NODE} or newer. Install it, then run this again."));
    }
    print_step("installing the node packages of end2end/package-lock.json");
    program("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).within("end2end").run()?;
    std::fs::copy(folder.join("package-lock.json"), folder.join("node_modules/.installed-lock.json"))
        .map(drop)
        .map_err(|error| format!("end2end/node_modules cannot be written: {error}"))
}

/// Runs prettier over styles, scripts and browser tests, with `--check` or `--write`.
pub fn prettier(mode: &str) -> TaskResult {
    program("end2end/node_modules/.bin/prettier")
        .args([mode, "--log-level=warn", "style/*.css", "public/*.js", "app/src/**/*.js", "end2end/**/*.ts"])
        .run()
}

/// The major version in `node --version`.
fn node_version() -> Option<u32> {
    let answer = Command::new("node").arg("--version").output().ok()?;
    String::from_utf8_lossy(&answer.stdout).trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

fn is_installed(package: &str) -> bool {
    let query = Command::new("dpkg-query").args(["-W", "-f=${db:Status-Status}", package]).output();
    query.is_ok_and(|answer| answer.stdout == b"installed")
}

pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|answer| answer.stdout.trim_ascii() == b"0")
}
