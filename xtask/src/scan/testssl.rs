//! testssl.sh, on the listener. It contacts nobody else.

use super::console::Console;
use super::{Finding, Scan};
use crate::command::{TaskResult, program};
use serde_json::Value;
use std::fs;

/// The severities that are no findings. `WARN` is about the scan itself, such as a missing feature of its OpenSSL.
const ACCEPTED: [&str; 5] = ["OK", "INFO", "LOW", "WARN", "DEBUG"];

pub fn run(console: &Console) -> TaskResult<Scan> {
    let report = console.folder.join("testssl.json");
    let mut command = program("testssl").args(["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none"]);
    command = command.args(["--add-ca".into(), console.certificate.clone()]);
    command = command.args(["--jsonfile".into(), report.clone()]).args([console.url("/login")]);
    let (said, _) = command.read(false);
    let text = fs::read_to_string(&report).map_err(|error| format!("testssl.sh left no report: {error}\n{said}"))?;
    let lines: Vec<Value> = serde_json::from_str(&text).map_err(|error| format!("testssl.sh's report: {error}"))?;
    // The last check is that of a client. Without it, the run was cut short.
    if !lines.iter().any(|line| line["id"].as_str().is_some_and(|id| id.starts_with("clientsimulation"))) {
        return Err(format!("testssl.sh did not finish:\n{said}"));
    }
    let scope = format!("{} checks", lines.len());
    Ok(Scan { scanner: "testssl.sh", visitor: "stranger".to_owned(), scope, findings: findings(&lines) })
}

fn findings(lines: &[Value]) -> Vec<Finding> {
    let text = |line: &Value, field: &str| line[field].as_str().unwrap_or_default().to_owned();
    let above_low = lines.iter().filter(|line| !ACCEPTED.contains(&&*text(line, "severity")));
    above_low.map(|line| Finding { class: text(line, "id"), detail: text(line, "finding") }).collect()
}

#[cfg(test)]
mod tests {
    use super::findings;
    use serde_json::json;

    #[test]
    fn what_is_above_low_is_a_finding() {
        let line = |severity: &str| json!({ "id": severity, "severity": severity, "finding": "x" });
        let lines: Vec<_> = ["OK", "INFO", "LOW", "WARN", "MEDIUM", "HIGH", "CRITICAL", "FATAL"].map(line).into();
        let named: Vec<_> = findings(&lines).into_iter().map(|finding| finding.class).collect();
        assert_eq!(named, ["MEDIUM", "HIGH", "CRITICAL", "FATAL"]);
    }
}
