//! The Rust compiler for the browser: rustup's if possible, otherwise Debian's.

use crate::browser::Build;
use crate::command::{Run, TaskResult, cargo, is_there, print_step, program};
use crate::packages;
use std::path::Path;
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's packages of the compiler, its linker and the source of the standard library.
const DEBIAN_PACKAGES: [&str; 7] =
    ["cargo-web", "libstd-rust-web-dev", "lld-22", "rust-web-clippy", "rust-web-llvm", "rust-web-src", "rustc-web"];

/// How code for the browser is compiled on this machine (docs/decisions/0010).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// rustup's compiler and its standard library.
    Rustup,
    /// rustup's compiler, and the standard library built from source.
    RustupWithSource,
    /// Debian's compiler, and the standard library built from source. Debian has no other for this target.
    Debian,
}

impl Toolchain {
    /// Finds the toolchain for a build, and installs it if necessary.
    pub fn for_browser(build: Build) -> TaskResult<Self> {
        let has_rustup = is_there("rustup");
        if build != Build::Small {
            if in_sysroot(&format!("lib/rustlib/{TARGET}/lib")) {
                return Ok(Self::Rustup);
            }
            if has_rustup && install("the standard library for the browser", &["target", "add", TARGET]) {
                return Ok(Self::Rustup);
            }
        }
        if in_sysroot("lib/rustlib/src/rust/library") {
            return Ok(Self::RustupWithSource);
        }
        if has_debian() {
            return Ok(Self::Debian);
        }
        if has_rustup && install("the source of the standard library", &["component", "add", "rust-src"]) {
            return Ok(Self::RustupWithSource);
        }
        print_step("using Debian's compiler");
        packages::ensure_apt_packages(&DEBIAN_PACKAGES, "Building for the browser")?;
        Ok(Self::Debian)
    }

    /// Each standard library has a folder of its own, so that one build does not undo the other.
    pub fn target_folder(self) -> &'static str {
        match self {
            Self::Rustup => "target/browser",
            Self::RustupWithSource | Self::Debian => "target/browser-small",
        }
    }

    /// Runs its cargo with `subcommand` for the browser's target.
    pub fn cargo(self, subcommand: &str) -> Run {
        let target = [subcommand, "--target", TARGET, "--target-dir", self.target_folder()];
        match self {
            Self::Rustup => cargo(target),
            Self::RustupWithSource => with_standard_library(cargo(target)),
            // Full paths, because cargo would otherwise find rustup's subcommands first.
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

/// Also builds the standard library, without panic messages and `Debug` output, which only developers would read.
fn with_standard_library(cargo: Run) -> Run {
    cargo
        .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"])
        .args(["-Zpanic-immediate-abort", "--config", "profile.browser.panic=\"immediate-abort\""])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", "-Zlocation-detail=none\u{1f}-Zfmt-debug=none")
}

/// Installs something with rustup. Returns whether that worked.
fn install(what: &str, arguments: &[&str]) -> bool {
    print_step(&format!("downloading {what}: rustup {}", arguments.join(" ")));
    let is_done = program("rustup").args(arguments).run().is_ok();
    if !is_done {
        print_step("rustup cannot download it");
    }
    is_done
}

/// Whether the current compiler has this path in its sysroot.
fn in_sysroot(path: &str) -> bool {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
    sysroot.is_ok_and(|answer| Path::new(String::from_utf8_lossy(&answer.stdout).trim()).join(path).is_dir())
}

fn has_debian() -> bool {
    Path::new("/usr/bin/rustc").exists() && Path::new("/usr/lib/rustlib/src/rust/library").exists()
}
