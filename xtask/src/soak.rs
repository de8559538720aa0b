//! Whether a portolan keeps what it promises (docs/reliability.md) if it is killed, runs out of disk, is crowded by
//! strangers and is under load for minutes. Everything runs on this machine and ends by itself.

mod disk_full;
mod hang_ups;
mod journal;
mod kills;
mod load;
mod memory;
mod outage;
mod refused_writes;
mod registries;
mod strangers;
mod traffic;
mod volume;
mod writer;

use crate::command::{TaskResult, program, say};
use crate::http::Client;
use crate::serving::{self, Serving};
use crate::{packages, server};
use clap::ValueEnum;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The most kills that `--minutes` asks for.
const MOST_KILLS: u32 = 500;

#[derive(clap::Args)]
pub struct Options {
    /// How long it may take, about: kills and loads are scaled to it
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=420))]
    minutes: u32,

    /// How often the server is killed. Default: 100 for each minute, 500 at most
    #[arg(long)]
    kills: Option<u32>,

    /// A portolan that is built already. Default: build it
    #[arg(long)]
    binary: Option<PathBuf>,

    /// Run only these scenarios, such as: --only kills --only memory
    #[arg(long, value_enum)]
    only: Vec<Scenario>,
}

/// What a portolan is put through, in this order: the last takes the minutes that are left.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    Kills,
    DiskFull,
    RefusedWrites,
    Strangers,
    Traffic,
    HangUps,
    Memory,
}

/// Where the scenarios run, and how long.
struct Soak {
    binary: PathBuf,
    folder: PathBuf,
    minutes: u32,
    kills: u32,
    end: Instant,
}

/// A portolan with its folder, its log, and a client that is logged in.
struct Instance {
    serving: Serving,
    client: Client,
    data: PathBuf,
    log: PathBuf,
}

/// What a scenario came to: a row of the table.
struct Finding {
    done: String,
    found: String,
    verdict: Verdict,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Pass,
    Fail,
    /// Measured, but too briefly for a verdict.
    Reported,
    Skipped,
}

/// Runs the scenarios and prints a table in Markdown; fails if one of them does.
#[expect(clippy::print_stdout, reason = "the table is what the task is for")]
pub fn soak(options: &Options) -> TaskResult {
    packages::ensure_apt_packages(&["sqlite3"], "The soak")?;
    let binary = match &options.binary {
        Some(binary) => binary.canonicalize().map_err(|error| format!("{}: {error}", binary.display()))?,
        None => server::build()?,
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
    println!("| scenario | what was done | what was found | |\n|---|---|---|---|");
    let mut failed = 0;
    for scenario in chosen {
        say(scenario.label());
        let finding = scenario.run(&soak).unwrap_or_else(|problem| Finding {
            done: "It did not run to its end.".to_owned(),
            found: problem,
            verdict: Verdict::Fail,
        });
        println!("| {} | {finding} |", scenario.label());
        failed += u32::from(finding.verdict == Verdict::Fail);
    }
    let _ = fs::remove_dir_all(&soak.folder);
    if failed == 0 { Ok(()) } else { Err(format!("{failed} of the scenarios failed.")) }
}

impl Scenario {
    fn label(self) -> &'static str {
        match self {
            Self::Kills => "kills under load",
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
    /// An empty folder of this name for a scenario.
    fn folder(&self, name: &str) -> TaskResult<PathBuf> {
        let folder = self.folder.join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(folder)
    }

    /// A portolan that has just been set up, with a folder of its own and its log in a file.
    fn instance(&self, name: &str) -> TaskResult<Instance> {
        self.instance_on(&self.folder(name)?.join("data"))
    }

    /// The same on this data folder; the log lies beside it.
    fn instance_on(&self, data: &Path) -> TaskResult<Instance> {
        let (data, log) = (data.to_owned(), data.with_extension("log"));
        let serving = Serving::start(logged(serving::portolan(&self.binary, &data), &log)?, 2)?;
        let client = serving.set_up()?;
        Ok(Instance { serving, client, data, log })
    }
}

/// The command with its log at the end of this file.
fn logged(mut command: Command, log: &Path) -> TaskResult<Command> {
    let file = File::options().create(true).append(true).open(log);
    command.stderr(file.map_err(|error| format!("{}: {error}", log.display()))?);
    Ok(command)
}

/// Lines of the log that speak of a database that was busy or locked.
fn busy_lines(log: &Path) -> TaskResult<usize> {
    let text = fs::read_to_string(log).map_err(|error| format!("{}: {error}", log.display()))?.to_lowercase();
    Ok(text.lines().filter(|line| line.contains("busy") || line.contains("locked")).count())
}

/// What SQLite's own tool has to say against the database of this folder, which no portolan may have open.
fn database_problems(data: &Path) -> TaskResult<Option<String>> {
    let question = "pragma integrity_check; pragma foreign_key_check;";
    let (answer, well) = program("sqlite3").args([data.join("portolan.db").as_os_str(), question.as_ref()]).read(false);
    if !well {
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
