//! Verifies the promises in docs/reliability.md: the server is killed, its disk is filled, anonymous clients flood it,
//! and it runs under load for minutes. Everything runs on this machine.

mod disk_full;
mod hang_ups;
mod journal;
mod kills;
mod load;
mod memory;
mod outage;
mod refused_writes;
mod registries;
mod replicas;
mod strangers;
mod traffic;
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

    /// Run only these scenarios, such as: --only kills --only memory
    #[arg(long, value_enum)]
    only: Vec<Scenario>,
}

/// The scenarios in their order; the last one takes the remaining minutes.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    Kills,
    Replicas,
    DiskFull,
    RefusedWrites,
    Strangers,
    Traffic,
    HangUps,
    Memory,
}

/// Where and how long the scenarios run.
struct Soak {
    binary: PathBuf,
    folder: PathBuf,
    minutes: u32,
    kills: u32,
    end: Instant,
}

/// A running server with its folder, its log and a logged-in client.
struct Instance {
    serving: Serving,
    client: Client,
    data: PathBuf,
    log: PathBuf,
}

/// The result of a scenario: one row of the table.
struct Finding {
    done: String,
    found: String,
    verdict: Verdict,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Pass,
    Fail,
    /// Measured, but not long enough for a verdict.
    Reported,
    Skipped,
}

/// Runs the scenarios and prints a Markdown table. Fails if any scenario fails.
#[expect(clippy::print_stdout, reason = "the table is the output of this task")]
pub fn soak(options: &Options) -> TaskResult {
    packages::ensure_apt_packages(&["sqlite3", "postgresql"], "The soak")?;
    let binary = match &options.binary {
        Some(binary) => binary.canonicalize().map_err(|error| format!("{}: {error}", binary.display()))?,
        None => server::build(Build::Small)?,
    };
    let folder = std::env::temp_dir().join(format!("portolan-soak-{}", std::process::id()));
    let soak = Soak {
        binary,
        folder,
        minutes: options.minutes,
        kills: options.kills.unwrap_or((options.minutes * 100).min(MOST_KILLS)),
        end: Instant::now() + Duration::from_secs(u64::from(options.minutes) * 60),
    };
    let chosen = Scenario::value_variants().iter().filter(|it| options.only.is_empty() || options.only.contains(it));
    println!("| scenario | actions | result | |\n|---|---|---|---|");
    let mut failed = 0;
    for scenario in chosen {
        print_step(scenario.label());
        let finding = scenario.run(&soak).unwrap_or_else(|problem| Finding {
            done: "It was aborted.".to_owned(),
            found: problem,
            verdict: Verdict::Fail,
        });
        println!("| {} | {finding} |", scenario.label());
        failed += u32::from(finding.verdict == Verdict::Fail);
    }
    let _ = fs::remove_dir_all(&soak.folder);
    if failed == 0 { Ok(()) } else { Err(format!("{failed} scenarios failed.")) }
}

impl Scenario {
    fn label(self) -> &'static str {
        match self {
            Self::Kills => "kills under load",
            Self::Replicas => "two servers, one killed",
            Self::DiskFull => "full disk",
            Self::RefusedWrites => "refused writes",
            Self::Strangers => "strangers",
            Self::Traffic => "writers and readers",
            Self::HangUps => "hang-ups",
            Self::Memory => "memory",
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
            Self::Memory => memory::run(soak),
        }
    }
}

impl Soak {
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
