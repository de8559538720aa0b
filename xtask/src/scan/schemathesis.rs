//! schemathesis, on the JSON API: requests made up from its OpenAPI document, valid ones and others.

use super::console::{ApiClient, Console};
use super::{Finding, Scan};
use crate::command::{TaskResult, program, root};
use std::path::PathBuf;

/// Debian has no package of it.
const VERSION: &str = "4.32.5";

/// How many requests it makes up for each operation and phase, at most.
const MAX_EXAMPLES: &str = "50";

/// Rules that no schema can express, such as two fields that exclude each other, reject requests that the schema allows.
const EXCLUDED: &str = "positive_data_acceptance";

pub fn run(console: &Console, client: &ApiClient) -> TaskResult<Scan> {
    let document = console.url("/api/openapi.json");
    let authorization = format!("Authorization: Bearer {}", client.token);
    // It leaves a cache where it runs.
    let mut command = program(installed()?.as_os_str()).within("target/tools");
    command = command.args(["run", &document, "--header", &authorization]);
    command = command.args(["--tls-verify=false", "--no-color", "--max-examples", MAX_EXAMPLES]);
    command = command.args(["--exclude-checks", EXCLUDED, "--request-timeout", "30"]);
    let (said, succeeded) = command.read(false);
    let Some((_, summary)) = said.split_once("SUMMARY") else {
        return Err(format!("schemathesis came to no result:\n{said}"));
    };
    let findings = (!succeeded).then(|| Finding { class: "contract".to_owned(), detail: said.clone() });
    let tested = summary.lines().find_map(|line| line.trim().strip_prefix("Tested: ")).unwrap_or("?");
    Ok(Scan {
        scanner: "schemathesis",
        visitor: format!("token, {}", client.name),
        scope: format!("{tested} operations"),
        findings: findings.into_iter().collect(),
    })
}

/// Installs it into a folder of its own, unless it is there.
fn installed() -> TaskResult<PathBuf> {
    let folder = root().join("target/tools").join(format!("schemathesis-{VERSION}"));
    let executable = folder.join("bin/schemathesis");
    if !executable.exists() {
        program("python3").args(["-m", "venv"]).args([folder.as_os_str()]).run()?;
        let package = format!("schemathesis=={VERSION}");
        program(folder.join("bin/pip").as_os_str()).args(["install", "--quiet", &package]).run()?;
    }
    Ok(executable)
}
