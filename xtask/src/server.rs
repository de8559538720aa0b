//! Builds and runs the server.

use crate::assets;
use crate::browser::{self, Build};
use crate::command::{TaskResult, cargo, print_step, program, root};
use std::path::PathBuf;

/// Builds browser and server. Returns the path of the binary.
pub fn build(size: Build) -> TaskResult<PathBuf> {
    assets::write_assets(&browser::build(size)?)?;
    print_step("compiling the server");
    cargo(["build", "--package", "server", "--bin", "portolan", "--release", "--locked"]).run()?;
    Ok(root().join("target/release/portolan"))
}

/// Builds and serves on this machine, with session cookies for plain http.
pub fn run(size: Build, arguments: &[String]) -> TaskResult {
    program(build(size)?).args(["serve", "--plain-http"]).args(arguments).run()
}
