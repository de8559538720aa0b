//! Clients that post the log-in form and hang up at once: a password hash takes 19 MiB while it is computed, whether or
//! not anyone waits for it.

use super::{Finding, Soak, milliseconds, verdict};
use crate::command::TaskResult;
use crate::serving::log_in_form;
use std::thread::{available_parallelism, sleep};
use std::time::{Duration, Instant};

const HANG_UPS: usize = 100;
const AFTER: Duration = Duration::from_millis(3);
/// The memory of a hash and of everything else, in KiB.
const HASH: u64 = 19 * 1024;
const LEEWAY: u64 = 50 * 1024;
/// How long running hashes may take.
const SETTLES_WITHIN: Duration = Duration::from_secs(3);

pub fn run(soak: &Soak) -> TaskResult<Finding> {
    let instance = soak.instance("hang-ups")?;
    let cores = available_parallelism().map_or(1, |cores| cores.get() as u64);
    let before = instance.serving.memory_kib("VmHWM")?;
    for _ in 0..HANG_UPS {
        let connection = instance.client.send("POST", "/ui/login", &log_in_form())?;
        sleep(AFTER);
        drop(connection);
    }
    let asked = Instant::now();
    let answer = instance.client.post("/ui/login", &log_in_form())?;
    let waited = asked.elapsed();
    sleep(SETTLES_WITHIN);
    let growth = instance.serving.memory_kib("VmHWM")?.saturating_sub(before);
    Ok(Finding {
        done: format!("{HANG_UPS} log-ins aborted after {}", milliseconds(AFTER)),
        found: format!(
            "peak memory grew by {} MiB ({} MiB are allowed on {cores} cores); a log-in right afterwards got {} in {}",
            growth / 1024,
            (cores * HASH + LEEWAY) / 1024,
            answer.status,
            milliseconds(waited)
        ),
        verdict: verdict(growth <= cores * HASH + LEEWAY),
    })
}
