//! `portolan user`, beside a running server.

use super::process::Process;
use std::fs::File;
use std::process::{Command, Stdio};

/// Runs `portolan user`. Returns whether it succeeded, and what it said.
fn user(server: &Process, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
    let output = command.arg("user").args(arguments).arg("--data").arg(server.data()).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), said)
}

/// The session of whoever opens a link.
fn accept(server: &Process, said: &str) -> Option<String> {
    let (_, rest) = said.split_once("/set-password?token=").unwrap();
    let form =
        format!("token={}&new_password=eleven+purple+anchors&repeated_password=eleven+purple+anchors", &rest[..64]);
    let (_, answer) = server.post("/ui/set-password", &form, "");
    answer.split_once("portolan=").map(|(_, session)| format!("portolan={}", &session[..64]))
}

#[test]
fn an_operator_lets_people_in_and_keeps_them_out_while_the_server_runs() {
    let server = Process::start(&["--check-every", "0"], &[]);
    let anna = server.set_up();
    let (done, said) = user(&server, &["invite", "bo", "--role", "Editor"]);
    assert!(done, "{said}");
    let bo = accept(&server, &said).unwrap();
    assert_eq!(server.get("/users", &bo).0, 403);
    assert!(user(&server, &["promote", "bo"]).0);
    assert_eq!(server.get("/users", &bo).0, 200);
    assert!(user(&server, &["disable", "anna"]).0);
    assert_eq!(server.get("/users", &anna).0, 303, "to the log-in page");
    let (done, said) = user(&server, &["disable", "bo"]);
    assert!(!done && said.contains("bo is the last administrator who can log in"), "{said}");
    let (done, said) = user(&server, &["reset", "anna"]);
    assert!(!done && said.contains("anna is disabled"), "{said}");
    assert!(user(&server, &["enable", "anna"]).0);
    let (_, said) = user(&server, &["reset", "ANNA"]);
    assert!(accept(&server, &said).is_some());
    let (_, list) = user(&server, &["list"]);
    assert!(list.contains("Administrator") && list.contains("bo") && list.lines().count() == 2, "{list}");
    let (done, said) = user(&server, &["disable", "nobody"]);
    assert!(!done && said.contains("There is no such user"), "{said}");
    let (_, trail) = server.get("/audit", &bo);
    assert!(trail.contains("(operator)"), "{trail}");
}

#[test]
fn nothing_is_created_where_there_is_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
    let output = command.args(["user", "list", "--data"]).arg(folder.path()).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("There is no database"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_operator_exports_the_audit_trail_and_that_is_recorded() {
    let server = Process::start(&["--check-every", "0"], &[]);
    let anna = server.set_up();
    let export = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
        command.args(["audit", "export", "--data"]).arg(server.data()).args(arguments).output().unwrap()
    };
    let lines = String::from_utf8(export(&[]).stdout).unwrap();
    let events: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["event"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(events, ["setup", "audit.export"], "oldest first, with this export");
    let csv = String::from_utf8(export(&["--format", "csv", "--event", "audit.export"]).stdout).unwrap();
    assert_eq!(csv.lines().count(), 3, "a head, and two exports: {csv}");
    let (_, trail) = server.get("/audit?event=audit.export", &anna);
    assert_eq!(trail.matches("<td>(operator)").count(), 2, "{trail}");
    for (argument, said) in [("--event=registry", "event can be one of"), ("--from=yesterday", "has to be a date")] {
        let refused = export(&[argument]);
        assert!(!refused.status.success() && refused.stdout.is_empty());
        assert!(String::from_utf8_lossy(&refused.stderr).contains(said), "{refused:?}");
    }
}

#[test]
fn no_command_panics_if_its_output_cannot_be_written() {
    let server = Process::start(&["--check-every", "0"], &[]);
    server.set_up();
    let full = || Stdio::from(File::create("/dev/full").unwrap());
    // A pipe whose reader has gone, as after `head`.
    let broken = || Stdio::from(std::io::pipe().unwrap().1);
    let commands = [
        &["user", "list"][..],
        &["user", "promote", "anna"],
        &["key", "status"],
        &["audit", "export"],
        &["completion", "bash"],
    ];
    for arguments in commands {
        let command = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
            command.args(arguments);
            if arguments[0] != "completion" {
                command.arg("--data").arg(server.data());
            }
            command
        };
        let ended = command().stdout(broken()).output().unwrap();
        assert!(ended.status.success(), "{arguments:?}: {ended:?}");
        let ended = command().stdout(full()).output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("No space left") && !said.contains("panicked"), "{arguments:?}: {said}");
        let ended = command().stdout(full()).stderr(full()).status().unwrap();
        assert_eq!(ended.code(), Some(1), "{arguments:?}");
    }
}
