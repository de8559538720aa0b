//! A Rust compiler for the browser: rustup's where it can be had, else Debian's.

use crate::command::{Run, TaskResult, cargo, is_there, program, say};
use crate::packages;
use std::path::Path;
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

/// What Debian calls a compiler, its linker and the source of its standard library.
const DEBIAN_PACKAGES: [&str; 7] =
    ["cargo-web", "libstd-rust-web-dev", "lld-22", "rust-web-clippy", "rust-web-llvm", "rust-web-src", "rustc-web"];

/// How code for the browser is compiled on this machine. Where its source can be had, the standard library is built
/// with the module, smaller than it comes.
#[derive(Clone, Copy)]
pub enum Toolchain {
    /// rustup's compiler and the source of its standard library.
    Rustup,
    /// Debian's compiler and the source of its standard library.
    Debian,
    /// rustup's compiler and a standard library as it comes: the module is a tenth larger.
    Ready,
}

/// Finds the toolchain for the browser, and fetches it where it is missing.
pub fn for_browser() -> TaskResult<Toolchain> {
    if in_sysroot("lib/rustlib/src/rust/library") {
        return Ok(Toolchain::Rustup);
    }
    if has_debian() {
        return Ok(Toolchain::Debian);
    }
    if is_there("rustup") {
        say("fetching the source of the standard library");
        if program("rustup").args(["component", "add", "rust-src"]).run().is_ok() {
            return Ok(Toolchain::Rustup);
        }
        say("rustup cannot fetch it here");
    }
    if in_sysroot(&format!("lib/rustlib/{TARGET}/lib")) {
        return Ok(Toolchain::Ready);
    }
    say("taking Debian's compiler");
    packages::ensure_apt_packages(&DEBIAN_PACKAGES, "Building for the browser")?;
    Ok(Toolchain::Debian)
}

impl Toolchain {
    /// Its cargo, with `subcommand` for the browser's target.
    pub fn cargo(self, subcommand: &str) -> Run {
        let target = [subcommand, "--target", TARGET, "--target-dir", "target/browser"];
        match self {
            Self::Ready => cargo(target),
            Self::Rustup => with_standard_library(cargo(target)),
            // By their full paths: a cargo that looks for its subcommands finds rustup's first.
            Self::Debian => {
                let tool = if subcommand == "clippy" { "/usr/bin/cargo-clippy" } else { "/usr/bin/cargo" };
                with_standard_library(program(tool).args(target))
                    .env("RUSTC", "/usr/bin/rustc")
                    .env("PATH", "/usr/bin:/bin")
                    .without_env("CARGO")
                    .without_env("RUSTUP_TOOLCHAIN")
            }
        }
    }
}

/// Builds the standard library as well, without what only a developer would read: messages of panics, and how
/// values print themselves.
fn with_standard_library(cargo: Run) -> Run {
    cargo
        .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"])
        .args(["-Zpanic-immediate-abort", "--config", "profile.browser.panic=\"immediate-abort\""])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", "-Zlocation-detail=none\u{1f}-Zfmt-debug=none")
}

/// Whether the compiler in use has this among its own files.
fn in_sysroot(path: &str) -> bool {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
    sysroot.is_ok_and(|answer| Path::new(String::from_utf8_lossy(&answer.stdout).trim()).join(path).is_dir())
}

fn has_debian() -> bool {
    Path::new("/usr/bin/rustc").exists() && Path::new("/usr/lib/rustlib/src/rust/library").exists()
}
