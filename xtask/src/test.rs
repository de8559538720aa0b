//! Runs all lints and tests, and prints a summary.

use crate::browser::{self, Build};
use crate::command::{TaskResult, cargo, print_step, program};
use crate::soak::{self, Verdict};
use crate::toolchain::Toolchain;
use crate::{assets, package, packages, server};
use clap::ValueEnum;
use std::collections::BTreeSet;
use std::thread;

/// The browser for the browser tests.
const CHROMIUM_PACKAGES: [&str; 2] = ["chromium", "fonts-dejavu-core"];

/// The browser for the smoke test.
const FIREFOX_PACKAGES: [&str; 2] = ["firefox-esr", "fonts-dejavu-core"];

/// A real registry, tools to push and pull images, and tools for its password file and certificate.
const REGISTRY_PACKAGES: [&str; 5] = ["docker-registry", "skopeo", "podman", "apache2-utils", "openssl"];

/// The proxies that are used in front of registries and of this console, or for outgoing connections. Apache without
/// its main package, which would also configure a site.
const PROXY_PACKAGES: [&str; 4] = ["nginx", "apache2-bin", "caddy", "haproxy"];

/// The other database engine.
const DATABASE_PACKAGES: [&str; 1] = ["postgresql"];

/// A tool that makes the disk of a running server fail, a client that speaks HTTP/2, what judges the systemd unit, and
/// what reads the formats that machines take: container runtimes, a client library of Kubernetes, a reader of YAML.
const SERVER_PACKAGES: [&str; 7] =
    ["curl", "strace", "systemd", "containerd", "podman", "python3-kubernetes", "python3-yaml"];

/// What the Debian package depends on.
const PACKAGE_PACKAGES: [&str; 4] = ["adduser", "ca-certificates", "procps", "systemd"];

/// Most server tests wait: for a registry, a deadline, or a disk.
const TEST_THREADS: &str = "8";

/// The parts of the test run, in their order.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Formatting
    Format,
    /// Clippy for server and browser, and the documentation, warnings as errors
    Lint,
    /// Unit, property and integration tests
    Server,
    /// Browser tests in Chromium, with WebAssembly and without JavaScript
    Pages,
    /// A smoke test in Firefox
    Firefox,
    /// Installing, upgrading and removing the Debian package, as root, in a copy of this machine's files
    Package,
    /// Kills, full disks, floods and load, for about a minute
    Soak,
}

/// The role of the person in the browser tests. What a test needs beyond it is refused to an onlooker with this role
/// (`end2end/fixtures/roles.ts`).
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    Viewer,
    Editor,
    WorkspaceAdministrator,
    Administrator,
}

impl Role {
    /// As in `PORTOLAN_TEST_ROLE`.
    fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::WorkspaceAdministrator => "workspace-administrator",
            Self::Administrator => "administrator",
        }
    }
}

impl Part {
    /// Everything but the browsers.
    pub const FAST: [Self; 3] = [Self::Format, Self::Lint, Self::Server];

    /// Whether it needs the packages of `end2end/package-lock.json`.
    fn needs_node(self) -> bool {
        matches!(self, Self::Format | Self::Pages | Self::Firefox)
    }

    /// The Debian packages that it needs.
    fn packages(self) -> Vec<&'static str> {
        let own: &[&str] = match self {
            Self::Format | Self::Lint => return Vec::new(),
            Self::Server => &SERVER_PACKAGES,
            Self::Pages if std::env::var_os("PORTOLAN_CHROMIUM").is_some() => &[],
            Self::Pages => &CHROMIUM_PACKAGES,
            Self::Firefox if std::env::var_os("PORTOLAN_FIREFOX").is_some() => &[],
            Self::Firefox => &FIREFOX_PACKAGES,
            Self::Package => return PACKAGE_PACKAGES.to_vec(),
            Self::Soak => return soak::PACKAGES.to_vec(),
        };
        let shared: [&[&str]; 3] = [&REGISTRY_PACKAGES, &PROXY_PACKAGES, &DATABASE_PACKAGES];
        [&shared.concat(), own].concat()
    }
}

#[derive(Default)]
struct Tally {
    passed: u32,
    failed: u32,
    skipped: u32,
}

/// Installs what the requested parts need, runs them, or all, and prints a summary.
#[expect(clippy::print_stdout, reason = "the closing line is the output of this task")]
pub fn test(only: &[Part], role: Role) -> TaskResult {
    let all = Part::value_variants();
    let parts: Vec<Part> = all.iter().copied().filter(|part| only.is_empty() || only.contains(part)).collect();
    let needed: BTreeSet<&str> = parts.iter().flat_map(|part| part.packages()).collect();
    packages::ensure_apt_packages(&needed.into_iter().collect::<Vec<_>>(), "Testing")?;
    if parts.iter().any(|part| part.needs_node()) {
        packages::npm()?;
    }
    let mut tally = Tally::default();
    for part in parts {
        match part {
            Part::Format => format(&mut tally),
            Part::Lint => lint(&mut tally),
            Part::Server => server_tests(&mut tally)?,
            Part::Pages => browser_tests(&mut tally, "Chromium", &["playwright", "test"], role)?,
            Part::Firefox => {
                let command = ["playwright", "test", "--config", "firefox.config.ts"];
                browser_tests(&mut tally, "Firefox", &command, Role::Administrator)?;
            }
            Part::Package => match package::try_out() {
                Ok(false) => tally.skipped += 1,
                tried => tally.check("the Debian package", tried.map(drop)),
            },
            Part::Soak => soak_in_short(&mut tally)?,
        }
    }
    let skipped = if tally.skipped > 0 { format!(", {} skipped", tally.skipped) } else { String::new() };
    println!("{} passed, {} failed{skipped}", tally.passed, tally.failed);
    if tally.failed == 0 { Ok(()) } else { Err(format!("{} checks failed.", tally.failed)) }
}

fn format(tally: &mut Tally) {
    tally.check("format of Rust", cargo(["fmt", "--all", "--check"]).run());
    tally.check("format of CSS and TypeScript", packages::prettier("--check"));
}

fn lint(tally: &mut Tally) {
    print_step("clippy for the server");
    let native = cargo(["clippy", "--locked", "--all-targets", "--quiet", "--", "--deny", "warnings"]);
    tally.check("clippy for the server", native.run());
    print_step("clippy for the browser");
    let browser = Toolchain::for_browser(Build::Small).and_then(|toolchain| {
        toolchain
            .cargo("clippy")
            .args(["--locked", "--quiet", "--package", "frontend", "--", "--deny", "warnings"])
            .run()
    });
    tally.check("clippy for the browser", browser);
    print_step("documentation");
    let documentation = cargo(["doc", "--locked", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings");
    tally.check("documentation", documentation.run());
}

fn server_tests(tally: &mut Tally) -> TaskResult {
    // The router is tested with the assets that it will serve.
    assets::write_assets(&browser::build(Build::Small)?)?;
    print_step("unit, property and integration tests");
    let tests = |arguments: &[&str]| {
        cargo(["test", "--locked", "--quiet", "--no-fail-fast"])
            .args(arguments)
            .env("PORTOLAN_EXPECT_ASSETS", "yes")
            .env("RUST_TEST_THREADS", TEST_THREADS)
    };
    if let Err(error) = tests(&["--no-run"]).run() {
        tally.check("the server tests", Err(error));
        return Ok(());
    }
    // The tests of the router run once for each engine. Both wait most of the time, so they share it. `--package` would
    // build the server again: Cargo chooses the features of dependencies for the packages that are named.
    let (on_sqlite, on_postgres) = thread::scope(|scope| {
        let router = tests(&["--test", "http"]).env("PORTOLAN_TEST_ENGINE", "postgres");
        let on_postgres = scope.spawn(|| router.read(false));
        (tests(&[]).read(true), on_postgres.join().unwrap_or_default())
    });
    count_tests(tally, "the server tests", on_sqlite);
    print_step("the tests of the router, on PostgreSQL");
    eprintln!("{}", on_postgres.0);
    count_tests(tally, "the tests on PostgreSQL", on_postgres);
    Ok(())
}

/// Counts what `cargo test` has printed.
fn count_tests(tally: &mut Tally, name: &str, (text, is_ok): (String, bool)) {
    let before = tally.failed;
    for line in text.lines().filter(|line| line.starts_with("test result:")) {
        tally.passed += count_before(line, " passed");
        tally.failed += count_before(line, " failed");
        tally.skipped += count_before(line, " ignored");
    }
    if !is_ok && tally.failed == before {
        tally.check(name, Err("they were aborted".to_owned()));
    }
}

fn browser_tests(tally: &mut Tally, browser: &str, command: &[&str], role: Role) -> TaskResult {
    let binary = server::build(Build::Small)?;
    print_step(&format!("browser tests in {browser}"));
    let postgres = test_postgres::Server::start();
    let (text, is_ok) = program("npx")
        .args(command)
        .within("end2end")
        .env("PORTOLAN_BINARY", binary)
        .env("PORTOLAN_TEST_POSTGRES", postgres.folder())
        .env("PORTOLAN_TEST_ROLE", role.as_str())
        .read(true);
    let before = tally.failed;
    for line in text.lines().map(str::trim) {
        tally.passed += count_before(line, " passed (");
        tally.failed += line.strip_suffix(" failed").and_then(|count| count.parse().ok()).unwrap_or(0);
        tally.skipped += line.strip_suffix(" skipped").and_then(|count| count.parse().ok()).unwrap_or(0);
    }
    if !is_ok && tally.failed == before {
        tally.check("the browser tests", Err("they were aborted".to_owned()));
    }
    Ok(())
}

/// Counts each scenario as a check.
fn soak_in_short(tally: &mut Tally) -> TaskResult {
    for (scenario, finding) in soak::soak_in_short(server::build(Build::Small)?) {
        match finding.verdict {
            Verdict::Pass | Verdict::Reported => tally.check(scenario.label(), Ok(())),
            Verdict::Fail => tally.check(scenario.label(), Err(finding.found)),
            Verdict::Skipped => tally.skipped += 1,
        }
    }
    Ok(())
}

impl Tally {
    fn check(&mut self, what: &str, outcome: TaskResult) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(problem) => {
                print_step(&format!("{what}: {problem}"));
                self.failed += 1;
            }
        }
    }
}

/// The number directly before `word`.
fn count_before(line: &str, word: &str) -> u32 {
    let before = line.find(word).map(|at| &line[..at]).unwrap_or_default();
    before.rsplit(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::count_before;

    #[test]
    fn counts_are_read_from_the_closing_lines() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.25s";
        assert_eq!(
            (count_before(line, " passed"), count_before(line, " failed"), count_before(line, " ignored")),
            (12, 3, 1)
        );
        assert_eq!(count_before("  81 passed (2.1m)", " passed ("), 81);
        assert_eq!(count_before("nothing here", " passed"), 0);
    }
}
