//! The Rust compiler for the browser: rustup's if possible, otherwise Debian's.

use crate::command::{Run, TaskResult, cargo, is_there, print_step, program};
use crate::packages;
use std::path::Path;
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's packages of the compiler, its linker and the source of the standard library.
const DEBIAN_PACKAGES: [&str; 7] =
    ["cargo-web", "libstd-rust-web-dev", "lld-22", "rust-web-clippy", "rust-web-llvm", "rust-web-src", "rustc-web"];

/// How code for the browser is compiled on this machine. If the source of the standard library is available, it is
/// built with the module, which makes it smaller.
#[derive(Clone, Copy)]
pub enum Toolchain {
    /// rustup's compiler, with the source of the standard library.
    Rustup,
    /// Debian's compiler, with the source of the standard library.
    Debian,
    /// rustup's compiler and its precompiled standard library. The module is a tenth larger.
    Ready,
}

/// Finds the toolchain for the browser, and installs it if necessary.
pub fn for_browser() -> TaskResult<Toolchain> {
    if in_sysroot("lib/rustlib/src/rust/library") {
        return Ok(Toolchain::Rustup);
    }
    if has_debian() {
        return Ok(Toolchain::Debian);
    }
    if is_there("rustup") {
        print_step("downloading the source of the standard library");
        if program("rustup").args(["component", "add", "rust-src"]).run().is_ok() {
            return Ok(Toolchain::Rustup);
        }
        print_step("rustup cannot download it");
    }
    if in_sysroot(&format!("lib/rustlib/{TARGET}/lib")) {
        return Ok(Toolchain::Ready);
    }
    print_step("using Debian's compiler");
    packages::ensure_apt_packages(&DEBIAN_PACKAGES, "Building for the browser")?;
    Ok(Toolchain::Debian)
}

impl Toolchain {
    /// Runs its cargo with `subcommand` for the browser's target.
    pub fn cargo(self, subcommand: &str) -> Run {
        let target = [subcommand, "--target", TARGET, "--target-dir", "target/browser"];
        match self {
            Self::Ready => cargo(target),
            Self::Rustup => with_standard_library(cargo(target)),
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

/// Whether the current compiler has this path in its sysroot.
fn in_sysroot(path: &str) -> bool {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
    sysroot.is_ok_and(|answer| Path::new(String::from_utf8_lossy(&answer.stdout).trim()).join(path).is_dir())
}

fn has_debian() -> bool {
    Path::new("/usr/bin/rustc").exists() && Path::new("/usr/lib/rustlib/src/rust/library").exists()
}
