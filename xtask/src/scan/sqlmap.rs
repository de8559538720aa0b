//! sqlmap, on the filters of lists and on forms.

use super::console::Console;
use super::{Finding, Scan};
use crate::command::{TaskResult, program};

/// The paths, and the form that is posted, if any. Every parameter is attacked.
const TARGETS: [(&str, &str); 7] = [
    ("/image-registries?q=a&workspace=team&status=Pending&sort=name&page=1&per_page=10", ""),
    ("/ui/image-registries/details?workspace=team&name=harbour", ""),
    ("/users?q=a&sort=name&page=1", ""),
    ("/audit?person=a&event=&outcome=Done&workspace=team&object=a&from=&until=&before=1", ""),
    ("/ui/workspaces/create", "name=fleet"),
    ("/ui/users/invite", "user_name=other&role=None"),
    ("/ui/login", "user_name=other*&password=wrong"),
];

/// As an administrator, who gets furthest.
pub fn run(console: &Console) -> TaskResult<Vec<Scan>> {
    let administrator = console.visitors.last().ok_or("there is no administrator")?;
    let cookie = administrator.cookie().unwrap_or_default();
    let mut scans = Vec::new();
    for (path, form) in TARGETS {
        let headers = format!("Origin: https://{}\nAccept: application/json, text/html;q=0.9", console.address);
        let mut command =
            program("sqlmap").args(["--batch", "--disable-coloring", "--flush-session", "--threads", "4"]);
        command = command.args(["--url", &console.url(path), "--cookie", &cookie, "--headers", &headers]);
        // From many addresses, or the throttle would let each log-in take five seconds.
        command = command.args(["--level", "1", "--risk", "2", "--ignore-code", "401", "--tamper", "xforwardedfor"]);
        command = command.args(["--output-dir".into(), console.folder.join("sqlmap")]);
        if !form.is_empty() {
            command = command.args(["--data", form]);
        }
        let (said, _) = command.read(false);
        let name = path.split('?').next().unwrap_or_default();
        let is_injectable = said.contains("sqlmap identified the following injection point");
        if !is_injectable && !said.contains("all tested parameters do not appear to be injectable") {
            return Err(format!("sqlmap came to no result at {name}:\n{said}"));
        }
        let detail = said.split("---").nth(1).unwrap_or_default().trim().replace('\n', "; ");
        let findings = is_injectable.then(|| Finding { class: "SQL injection".to_owned(), detail });
        scans.push(Scan {
            scanner: "sqlmap",
            visitor: administrator.name.to_owned(),
            scope: format!("`{name}`"),
            findings: findings.into_iter().collect(),
        });
    }
    Ok(scans)
}
