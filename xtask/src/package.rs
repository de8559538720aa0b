//! Builds the Debian package, from the metadata in `server/Cargo.toml` and the files in `packaging/`.

mod isolated;
mod trial;
mod unit;

pub use trial::try_out;

use crate::browser::Build;
use crate::command::{TaskResult, cargo, print_step, program, root};
use crate::server;
use std::path::{Path, PathBuf};

/// The tool that writes the package. Pinned: another version may write other maintainer scripts.
const CARGO_DEB: &str = "3.8.0";

/// Where tools of cargo are installed, for this project alone.
const TOOLS: &str = "target/tools";

/// Builds the release binary, and the package from it. Returns its path.
pub fn package() -> TaskResult<PathBuf> {
    server::build(Build::Small)?;
    pack(&root().join("target/debian"), &[])
}

/// Packs the release binary as it is into a package in this folder.
fn pack(folder: &Path, options: &[&str]) -> TaskResult<PathBuf> {
    let tool = cargo_deb()?;
    print_step("packing the Debian package");
    let (printed, is_done) = program(tool)
        .args(["--package", "server", "--no-build", "--locked", "--quiet", "--output"])
        .args([folder])
        .args(options)
        .read(false);
    // It prints the path of the package.
    let path = printed.lines().next_back().map(PathBuf::from);
    path.filter(|path| is_done && path.exists()).ok_or_else(|| "cargo-deb failed.".to_owned())
}

/// The path of cargo-deb, which is installed if it is missing.
fn cargo_deb() -> TaskResult<PathBuf> {
    let path = root().join(TOOLS).join("bin/cargo-deb");
    let (version, _) = program(&path).args(["--version"]).read(false);
    if version.trim().strip_prefix("cargo-deb ") != Some(CARGO_DEB) {
        print_step("installing cargo-deb into target/tools");
        cargo(["install", "cargo-deb", "--version", CARGO_DEB, "--locked", "--quiet", "--root", TOOLS]).run()?;
    }
    Ok(path)
}
