//! Attacks a console with the scanners that others would use: wapiti and sqlmap as people of every role, schemathesis with
//! tokens of every role, testssl.sh on the listener. Everything runs on this machine, against a server with data of its
//! own (docs/security.md).

mod console;
mod exceptions;
mod schemathesis;
mod sqlmap;
mod testssl;
mod wapiti;

use crate::browser::Build;
use crate::command::{TaskResult, print_step};
use crate::{packages, server};
use clap::ValueEnum;
use console::Console;
use exceptions::reason_to_accept;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Options {
    /// Most minutes that wapiti takes for each role
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=60))]
    minutes: u32,

    /// An existing binary. Default: build it
    #[arg(long)]
    binary: Option<PathBuf>,

    /// Run only these scanners, such as: --only tls
    #[arg(long, value_enum)]
    only: Vec<Scanner>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scanner {
    /// wapiti
    Web,
    /// sqlmap
    Sql,
    /// schemathesis
    Api,
    /// testssl.sh
    Tls,
}

/// What a scanner did: one row of the table.
struct Scan {
    scanner: &'static str,
    /// Who was logged in.
    visitor: String,
    /// What was scanned.
    scope: String,
    findings: Vec<Finding>,
}

/// Something above the level of information.
struct Finding {
    /// Its name in the scanner's report.
    class: String,
    detail: String,
}

/// Runs the scanners and prints a Markdown table. Fails on any finding that is not in the list of exceptions.
#[expect(clippy::print_stdout, reason = "the table is the output of this task")]
pub fn scan(options: &Options) -> TaskResult {
    packages::ensure_apt_packages(&["wapiti", "sqlmap", "testssl.sh", "openssl", "curl", "python3-venv"], "The scan")?;
    let binary = match &options.binary {
        Some(binary) => binary.canonicalize().map_err(|error| format!("{}: {error}", binary.display()))?,
        None => server::build(Build::Small)?,
    };
    let folder = std::env::temp_dir().join(format!("portolan-scan-{}", std::process::id()));
    let console = Console::start(&binary, &folder)?;
    let mut scans = Vec::new();
    for scanner in Scanner::value_variants() {
        if !options.only.is_empty() && !options.only.contains(scanner) {
            continue;
        }
        match scanner {
            Scanner::Web => {
                for visitor in &console.visitors {
                    print_step(&format!("wapiti as {}", visitor.name));
                    scans.push(wapiti::run(&console, visitor, options.minutes)?);
                }
            }
            Scanner::Sql => {
                print_step("sqlmap");
                scans.extend(sqlmap::run(&console)?);
            }
            Scanner::Api => {
                for client in &console.clients {
                    print_step(&format!("schemathesis as {}", client.name));
                    scans.push(schemathesis::run(&console, client)?);
                }
            }
            Scanner::Tls => {
                print_step("testssl.sh");
                scans.push(testssl::run(&console)?);
            }
        }
    }
    drop(console);
    let _ = fs::remove_dir_all(&folder);
    println!("| scanner | as | scanned | findings | exceptions |\n|---|---|---|---|---|");
    let mut defects = Vec::new();
    let mut reasons = BTreeSet::new();
    for Scan { scanner, visitor, scope, findings } in &scans {
        let (accepted, found): (Vec<_>, Vec<_>) =
            findings.iter().partition(|finding| reason_to_accept(scanner, finding).is_some());
        println!("| {scanner} | {visitor} | {scope} | {} | {} |", found.len(), accepted.len());
        reasons.extend(accepted.iter().filter_map(|it| Some((*scanner, &*it.class, reason_to_accept(scanner, it)?))));
        defects.extend(found.iter().map(|it| format!("{scanner} as {visitor}: {}: {}", it.class, it.detail)));
    }
    for (scanner, class, reason) in reasons {
        println!("\n{scanner}, {class}: {reason}");
    }
    if defects.is_empty() { Ok(()) } else { Err(format!("{} findings:\n{}", defects.len(), defects.join("\n"))) }
}
