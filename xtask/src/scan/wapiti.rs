//! wapiti, an active scanner: it follows links, fills in forms, and attacks each parameter.

use super::console::{Console, Visitor};
use super::{Finding, Scan};
use crate::command::{TaskResult, program, root};
use serde_json::{Value, json};
use std::fs;

/// Without those that need a server on the internet (ssrf, xxe), that guess paths or passwords (buster, nikto,
/// `brute_login_form`), or that download what they look for (wapp).
const MODULES: &str = "common,-ssrf,backup,crlf,csrf,htaccess,methods,shellshock";

/// How many modules run for each of these at most, one after the other.
const MODULE_COUNT: u32 = 15;

/// What would end the session of the scan, and the stream of events, which does not end.
const EXCLUDED: [&str; 7] = [
    "/ui/logout",
    "/ui/logout/everywhere",
    "/ui/logout/others",
    "/ui/account/sessions/end",
    "/ui/account/password",
    "/events",
    "/assets/*",
];

/// The least number of pages and forms that a scan must find. Otherwise it has attacked nothing.
fn least_found(visitor: &Visitor) -> u32 {
    match visitor.name {
        "stranger" => 5,
        "viewer" => 20,
        _ => 40,
    }
}

pub fn run(console: &Console, visitor: &Visitor, minutes: u32) -> TaskResult<Scan> {
    let folder = console.folder.join(format!("wapiti-{}", visitor.name));
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let report = folder.join("report.json");
    // Each module may take its part of the time, and finding the pages a fifth.
    let seconds = minutes * 60;
    // Its own limits are checked between two addresses only.
    let mut command = program("timeout")
        .args([&(seconds * 3).to_string(), "/usr/bin/python3"])
        .args([root().join("xtask/src/scan/wapiti.py")]);
    command = command.args(["--url", &console.url("/"), "--scope", "folder", "--module", MODULES]);
    for page in Console::PAGES {
        command = command.args(["--start", &console.url(page)]);
    }
    // Whoever is logged in has no use for the log-in. A password that is guessed for one account is delayed for two
    // seconds, from whatever address (W9), and is looked at by nothing but Argon2.
    command = match visitor.session {
        Some(_) => command.args(["--exclude", &console.url("/ui/login")]),
        None => command.args(["--start", &console.url("/login?next=/workspaces"), "--skip", "password"]),
    };
    for path in EXCLUDED {
        command = command.args(["--exclude", &console.url(path)]);
    }
    // Without an origin, every form is refused. wapiti cannot read Brotli, which it accepts by default.
    let origin = format!("Origin: https://{}", console.address);
    for header in [&origin, "Accept: text/html", "Accept-Encoding: identity"] {
        command = command.args(["--header", header]);
    }
    command = command.args(["--max-scan-time", &(seconds / 5).to_string()]);
    command = command.args(["--max-attack-time", &(seconds * 4 / 5 / MODULE_COUNT).to_string()]);
    command = command.args(["--format", "json", "--no-bugreport", "--flush-session", "--verbose", "0"]);
    if let Some(session) = &visitor.session {
        let cookies = folder.join("cookies.json");
        let cookie = json!({ "version": 0, "expires": null, "secure": true, "value": session, "port": null });
        let jar = json!({ "127.0.0.1": { "/": { Console::COOKIE: cookie } } });
        fs::write(&cookies, jar.to_string()).map_err(|error| format!("{}: {error}", cookies.display()))?;
        command = command.args(["--cookie".into(), cookies]);
    }
    for (option, path) in
        [("--output", report.clone()), ("--store-session", folder.join("session")), ("--store-config", folder.clone())]
    {
        command = command.args([option.into(), path]);
    }
    let (said, _) = command.read(false);
    let found = said.split("Wapiti found ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or(0);
    if found < least_found(visitor) {
        return Err(format!("wapiti found only {found} pages and forms as {}. It said:\n{said}", visitor.name));
    }
    if visitor.session.is_some() && console.status("/account", visitor) != "200" {
        return Err(format!("The session of {} ended during the scan.", visitor.name));
    }
    let report = fs::read_to_string(&report).map_err(|error| format!("{}: {error}", report.display()))?;
    let report = serde_json::from_str(&report).map_err(|error| format!("wapiti's report: {error}"))?;
    let scope = format!("{found} pages and forms");
    Ok(Scan { scanner: "wapiti", visitor: visitor.name.to_owned(), scope, findings: findings(&report) })
}

/// What is no mere information.
fn findings(report: &Value) -> Vec<Finding> {
    let classes = ["vulnerabilities", "anomalies"].into_iter().filter_map(|kind| report[kind].as_object()).flatten();
    let text = |finding: &Value, field: &str| finding[field].as_str().unwrap_or_default().to_owned();
    let of_class = |(class, found): (&String, &Value)| {
        let found = found.as_array().cloned().unwrap_or_default().into_iter();
        let detail = |it: Value| format!("{} {} {}", text(&it, "method"), text(&it, "path"), text(&it, "info"));
        found.map(|it| Finding { class: class.clone(), detail: detail(it) }).collect::<Vec<_>>()
    };
    classes.flat_map(of_class).collect()
}

#[cfg(test)]
mod tests {
    use super::findings;
    use serde_json::json;

    #[test]
    fn vulnerabilities_and_anomalies_are_findings_and_additional_information_is_not() {
        let found = json!([{ "method": "GET", "path": "/x", "info": "y", "level": 1 }]);
        let report = json!({
            "vulnerabilities": { "SQL Injection": found, "Blind SQL Injection": [] },
            "anomalies": { "Internal Server Error": found },
            "additionals": { "Fingerprint web technology": found },
        });
        let named: Vec<_> = findings(&report).into_iter().map(|it| format!("{}: {}", it.class, it.detail)).collect();
        assert_eq!(named, ["SQL Injection: GET /x y", "Internal Server Error: GET /x y"]);
    }
}
