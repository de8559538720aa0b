//! A Rust compiler for the browser: rustup's where it can be had, else Debian's.

use crate::command::{Outcome, Run, cargo, is_there, program, say};
use crate::packages;
use std::path::Path;
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

/// What Debian calls a compiler, its linker and the source of its standard library.
const DEBIAN_PACKAGES: [&str; 7] =
    ["cargo-web", "libstd-rust-web-dev", "lld-22", "rust-web-clippy", "rust-web-llvm", "rust-web-src", "rustc-web"];

/// How code for the browser is compiled on this machine.
#[derive(Clone, Copy)]
pub enum Toolchain {
    /// The ordinary toolchain with its wasm32 target.
    Rustup,
    /// Debian's compiler, which builds the standard library itself. That allows a smaller one, too.
    Debian,
}

/// Finds the toolchain for the browser, and fetches it where it is missing.
pub fn for_browser() -> Outcome<Toolchain> {
    if has_target() {
        return Ok(Toolchain::Rustup);
    }
    if !has_debian() && is_there("rustup") {
        say(&format!("adding the {TARGET} target"));
        if program("rustup").args(["target", "add", TARGET]).run().is_ok() && has_target() {
            return Ok(Toolchain::Rustup);
        }
        say("rustup cannot fetch it here: taking Debian's compiler");
    }
    packages::debian(&DEBIAN_PACKAGES, "Building for the browser")?;
    Ok(Toolchain::Debian)
}

impl Toolchain {
    /// Its cargo, with `subcommand` for the browser's target.
    pub fn cargo(self, subcommand: &str) -> Run {
        match self {
            Self::Rustup => cargo([subcommand, "--target", TARGET]).args(["--target-dir", "target/browser"]),
            // By their full paths: a cargo that looks for its subcommands finds rustup's first.
            Self::Debian => program(if subcommand == "clippy" { "/usr/bin/cargo-clippy" } else { "/usr/bin/cargo" })
                .args([subcommand, "--target", TARGET, "--target-dir", "target/browser"])
                .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"])
                // The standard library is built here anyway, so it may as well leave out what only a
                // developer would read: messages of panics, and how values print themselves.
                .args(["-Zpanic-immediate-abort", "--config", "profile.browser.panic=\"immediate-abort\""])
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_ENCODED_RUSTFLAGS", "-Zlocation-detail=none\u{1f}-Zfmt-debug=none")
                .env("PATH", "/usr/bin:/bin")
                .without_env("CARGO")
                .without_env("RUSTUP_TOOLCHAIN"),
        }
    }
}

fn has_target() -> bool {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
    sysroot.is_ok_and(|answer| {
        let folder = String::from_utf8_lossy(&answer.stdout);
        Path::new(folder.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir()
    })
}

fn has_debian() -> bool {
    Path::new("/usr/bin/rustc").exists() && Path::new("/usr/lib/rustlib/src/rust/library").exists()
}
