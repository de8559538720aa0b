//! A file system that refuses every write, like one that was remounted read-only after an error.
//!
//! A file system in use cannot be remounted read-only by hand, so the limit on file sizes is used instead: at 0 every
//! write to a file fails, and SQLite sees the same kind of error.

use super::outage::Outages;
use super::{Finding, Instance, Soak};
use crate::command::{TaskResult, program};
use crate::serving::{self, Serving};
use std::process::{Command, Stdio};

pub fn run(soak: &Soak) -> TaskResult<Finding> {
    let data = soak.folder("refused-writes")?.join("data");
    let log = data.with_extension("log");
    // The log is discarded, because it could not be written either.
    let mut command = ignoring_the_signal(&serving::portolan(&soak.binary, &data));
    command.stderr(Stdio::null());
    let serving = Serving::start(command, 2)?;
    let client = serving.set_up()?;
    let instance = Instance { serving, client, data, log };
    let mut outages = Outages::new(&instance)?;
    let id = instance.serving.id();
    let rounds = soak.extent.refusals;
    for _ in 0..rounds {
        outages.round(|| limit(id, "0:unlimited"), || limit(id, "unlimited:unlimited"))?;
    }
    outages.finding(instance, format!("{rounds} times all writes to files refused by the system, then allowed again"))
}

/// The same command, with writes beyond the limit failing instead of killing the process.
fn ignoring_the_signal(command: &Command) -> Command {
    let mut ignoring = program("env").args(["--ignore-signal=XFSZ"]).command();
    ignoring.arg(command.get_program()).args(command.get_args());
    ignoring
}

/// Sets the largest file size that this process may write.
fn limit(id: u32, size: &str) -> TaskResult {
    program("prlimit").args(["--pid", &id.to_string(), &format!("--fsize={size}")]).run()
}
