//! A file system that refuses every write, as one does that was made read-only after an error.
//!
//! A file system in use cannot be mounted read-only by hand, so the limit on the size of files stands in for it: at 0,
//! each write to a file fails, and SQLite sees the same kind of error.

use super::outage::Outages;
use super::{Finding, Instance, Soak, database_problems, verdict};
use crate::command::{Outcome, program};
use crate::serving::{self, Serving};
use std::process::{Command, Stdio};

const ROUNDS: usize = 10;

pub fn run(soak: &Soak) -> Outcome<Finding> {
    let data = soak.folder("refused-writes")?.join("data");
    let log = data.with_extension("log");
    // Its log goes nowhere: it could not be written either.
    let mut command = deaf_to_the_limit(&serving::portolan(&soak.binary, &data));
    command.stderr(Stdio::null());
    let serving = Serving::start(command, 2)?;
    let client = serving.set_up()?;
    let mut instance = Instance { serving, client, data, log };
    let mut outages = Outages::new(&instance)?;
    let id = instance.serving.id();
    for _ in 0..ROUNDS {
        outages.round(|| limit(id, "0:unlimited"), || limit(id, "unlimited:unlimited"))?;
    }
    outages.compare();
    instance.serving.kill();
    let problems = database_problems(&instance.data)?;
    let soundness = problems.clone().unwrap_or_else(|| "the database is sound".to_owned());
    Ok(Finding {
        done: format!("{ROUNDS} times every write to a file refused by the system, then allowed again"),
        found: format!("{outages}; {soundness}"),
        verdict: verdict(outages.are_well() && problems.is_none()),
    })
}

/// The same command, so that a write beyond the limit fails instead of ending the process.
fn deaf_to_the_limit(command: &Command) -> Command {
    let mut deaf = program("env").args(["--ignore-signal=XFSZ"]).command();
    deaf.arg(command.get_program()).args(command.get_args());
    deaf
}

/// Sets the largest size of a file that this process may write.
fn limit(id: u32, size: &str) -> Outcome {
    program("prlimit").args(["--pid", &id.to_string(), &format!("--fsize={size}")]).run()
}
