//! Verifies the promises in docs/reliability.md: the server is killed, its disk is filled, anonymous clients flood it,
//! and it runs under load for minutes. Everything runs on this machine.

mod disk_full;
mod hang_ups;
mod journal;
mod kills;
mod load;
mod log_ins;
mod memory;
mod outage;
mod refused_writes;
mod registries;
mod replicas;
mod strangers;
mod traffic;
mod trail;
mod volume;
mod writer;

use crate::browser::Build;
use crate::command::{TaskResult, print_step, program};
use crate::http::Client;
use crate::serving::{self, Serving};
use crate::{packages, server};
use clap::ValueEnum;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The most kills that `--minutes` results in.
const MOST_KILLS: u32 = 500;

/// The most kills of one of two servers.
const MOST_KILLS_OF_ONE: u32 = 50;

/// From how many minutes on growth of memory is judged.
const MINUTES_FOR_A_VERDICT: u32 = 10;

/// The Debian packages that the scenarios need.
pub const PACKAGES: [&str; 2] = ["sqlite3", "postgresql"];

#[derive(clap::Args)]
pub struct Options {
    /// Approximate duration in minutes; kills and loads are scaled to it
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=420))]
    minutes: u32,

    /// Number of kills. Default: 100 per minute, at most 500
    #[arg(long)]
    kills: Option<u32>,

    /// An existing binary. Default: build it
    #[arg(long)]
    binary: Option<PathBuf>,

    /// The short form, which `cargo xtask test` runs: a minute, without what needs longer
    #[arg(long, conflicts_with_all = ["minutes", "kills", "only"])]
    short: bool,

    /// Run only these scenarios, such as: --only kills --only memory
    #[arg(long, value_enum)]
    only: Vec<Scenario>,
}

/// The scenarios in their order; the last one takes the remaining minutes.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    Kills,
    Replicas,
    DiskFull,
    RefusedWrites,
    Strangers,
    Traffic,
    HangUps,
    LogIns,
    Memory,
}

/// Where the scenarios run.
struct Soak {
    binary: PathBuf,
    folder: PathBuf,
    extent: Extent,
}

/// How much each scenario does.
struct Extent {
    kills: u32,
    kills_of_one: u32,
    full_disks: usize,
    refusals: usize,
    strangers: Duration,
    traffic: Duration,
    memory: Duration,
    /// Memory is watched until then, and for the duration above at least.
    end: Instant,
    /// Whether a slow answer is a failure. Beside other work, as in the test command, it is only reported.
    judges_times: bool,
    /// Whether the time is long enough for a verdict on memory.
    judges_memory: bool,
}

/// A running server with its folder, its log and a logged-in client.
struct Instance {
    serving: Serving,
    client: Client,
    data: PathBuf,
    log: PathBuf,
}

/// The result of a scenario: one row of the table.
pub struct Finding {
    done: String,
    pub found: String,
    pub verdict: Verdict,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Fail,
    /// Measured, but not long enough for a verdict.
    Reported,
    Skipped,
}

/// Runs the scenarios and prints a Markdown table. Fails if any scenario fails.
pub fn soak(options: &Options) -> TaskResult {
    packages::ensure_apt_packages(&PACKAGES, "The soak")?;
    let binary = match &options.binary {
        Some(binary) => binary.canonicalize().map_err(|error| format!("{}: {error}", binary.display()))?,
        None => server::build(Build::Small)?,
    };
    let findings = if options.short {
        soak_in_short(binary)
    } else {
        let all = Scenario::value_variants().iter();
        let chosen = all.filter(|scenario| options.only.is_empty() || options.only.contains(scenario));
        Soak::new(binary, Extent::of(options)).findings(chosen)
    };
    let failed = findings.iter().filter(|(_, finding)| finding.verdict == Verdict::Fail).count();
    if failed == 0 { Ok(()) } else { Err(format!("{failed} scenarios failed.")) }
}

/// Runs the scenarios that need little time, for about a minute in all, and prints the table.
pub fn soak_in_short(binary: PathBuf) -> Vec<(Scenario, Finding)> {
    let chosen = Scenario::value_variants().iter().filter(|it| !matches!(it, Scenario::Replicas | Scenario::LogIns));
    Soak::new(binary, Extent::short()).findings(chosen)
}

impl Extent {
    fn of(options: &Options) -> Self {
        let minutes = options.minutes;
        let kills = options.kills.unwrap_or((minutes * 100).min(MOST_KILLS));
        Self {
            kills,
            kills_of_one: kills.min(MOST_KILLS_OF_ONE),
            full_disks: 24,
            refusals: 10,
            strangers: Duration::from_secs(30),
            traffic: Duration::from_secs((minutes * 6).clamp(10, 60).into()),
            memory: Duration::from_secs(20),
            end: Instant::now() + Duration::from_secs(u64::from(minutes) * 60),
            judges_times: true,
            judges_memory: minutes >= MINUTES_FOR_A_VERDICT,
        }
    }

    fn short() -> Self {
        Self {
            kills: 20,
            kills_of_one: 0,
            full_disks: 2,
            refusals: 2,
            strangers: Duration::from_secs(5),
            traffic: Duration::from_secs(5),
            memory: Duration::from_secs(5),
            end: Instant::now(),
            judges_times: false,
            judges_memory: false,
        }
    }
}

impl Scenario {
    pub fn label(self) -> &'static str {
        match self {
            Self::Kills => "kills under load",
            Self::Replicas => "two servers, one killed",
            Self::DiskFull => "full disk",
            Self::RefusedWrites => "refused writes",
            Self::Strangers => "strangers",
            Self::Traffic => "writers and readers",
            Self::HangUps => "hang-ups",
            Self::LogIns => "log-ins",
            Self::Memory => "memory",
        }
    }

    /// The rows of the table in docs/security.md that it holds.
    pub fn rows(self) -> &'static [&'static str] {
        match self {
            Self::Kills => &["R2", "R7", "Q5"],
            Self::Replicas => &["R2", "Q5"],
            Self::DiskFull | Self::RefusedWrites => &["R5"],
            Self::Strangers => &["W13"],
            Self::Traffic => &["R4"],
            Self::HangUps => &["S10"],
            Self::LogIns => &["W8"],
            Self::Memory => &["R12"],
        }
    }

    fn run(self, soak: &Soak) -> TaskResult<Finding> {
        match self {
            Self::Kills => kills::run(soak),
            Self::Replicas => replicas::run(soak),
            Self::DiskFull => disk_full::run(soak),
            Self::RefusedWrites => refused_writes::run(soak),
            Self::Strangers => strangers::run(soak),
            Self::Traffic => traffic::run(soak),
            Self::HangUps => hang_ups::run(soak),
            Self::LogIns => log_ins::run(soak),
            Self::Memory => memory::run(soak),
        }
    }
}

impl Soak {
    fn new(binary: PathBuf, extent: Extent) -> Self {
        let folder = std::env::temp_dir().join(format!("portolan-soak-{}", std::process::id()));
        Self { binary, folder, extent }
    }

    /// Runs scenarios and prints the table.
    #[expect(clippy::print_stdout, reason = "the table is the output of this task")]
    fn findings<'s>(&self, scenarios: impl Iterator<Item = &'s Scenario>) -> Vec<(Scenario, Finding)> {
        println!("| row | scenario | actions | result | |\n|---|---|---|---|---|");
        let mut findings = Vec::new();
        for scenario in scenarios.copied() {
            print_step(scenario.label());
            let finding = scenario.run(self).unwrap_or_else(|problem| Finding {
                done: "It was aborted.".to_owned(),
                found: problem,
                verdict: Verdict::Fail,
            });
            println!("| {} | {} | {finding} |", scenario.rows().join(", "), scenario.label());
            findings.push((scenario, finding));
        }
        let _ = fs::remove_dir_all(&self.folder);
        findings
    }

    /// An empty folder for a scenario.
    fn folder(&self, name: &str) -> TaskResult<PathBuf> {
        let folder = self.folder.join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(folder)
    }

    /// A new server that has been set up, with a folder of its own and its log in a file.
    fn instance(&self, name: &str) -> TaskResult<Instance> {
        self.instance_on(&self.folder(name)?.join("data"))
    }

    /// The same on this data folder, with its log next to it.
    fn instance_on(&self, data: &Path) -> TaskResult<Instance> {
        let (data, log) = (data.to_owned(), data.with_extension("log"));
        let serving = Serving::start(logged(serving::portolan(&self.binary, &data), &log)?, 2)?;
        let client = serving.set_up()?;
        Ok(Instance { serving, client, data, log })
    }
}

/// Appends the command's log to this file.
fn logged(mut command: Command, log: &Path) -> TaskResult<Command> {
    let file = File::options().create(true).append(true).open(log);
    command.stderr(file.map_err(|error| format!("{}: {error}", log.display()))?);
    Ok(command)
}

/// The number of log lines about a busy or locked database.
fn busy_lines(log: &Path) -> TaskResult<usize> {
    let text = fs::read_to_string(log).map_err(|error| format!("{}: {error}", log.display()))?.to_lowercase();
    Ok(text.lines().filter(|line| line.contains("busy") || line.contains("locked")).count())
}

/// The problems that SQLite's integrity check finds. The server must not be running.
fn database_problems(data: &Path) -> TaskResult<Option<String>> {
    let question = "pragma integrity_check; pragma foreign_key_check;";
    let (answer, ok) = program("sqlite3").args([data.join("portolan.db").as_os_str(), question.as_ref()]).read(false);
    if !ok {
        return Err("sqlite3 cannot read the database".to_owned());
    }
    Ok((answer.trim() != "ok").then(|| format!("sqlite3 says: {}", answer.trim())))
}

fn verdict(passed: bool) -> Verdict {
    if passed { Verdict::Pass } else { Verdict::Fail }
}

fn milliseconds(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cell = |text: &str| text.replace('|', "/").replace('\n', " ");
        let verdict = match self.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail => "**fail**",
            Verdict::Reported => "reported",
            Verdict::Skipped => "skipped",
        };
        write!(f, "{} | {} | {verdict}", cell(&self.done), cell(&self.found))
    }
}
