//! Many writers and readers at once: does everyone get a response?

use super::load::Load;
use super::registries;
use super::writer::Tally;
use super::{Finding, Soak, busy_lines, verdict};
use crate::command::TaskResult;
use std::thread::sleep;
use std::time::Duration;

const LOAD: Load = Load { writers: 50, readers: 50, visitors: 0 };

pub fn run(soak: &Soak) -> TaskResult<Finding> {
    let seconds = (soak.minutes * 6).clamp(10, 60);
    let mut instance = soak.instance("traffic")?;
    registries::create_standing(&instance.client)?;
    let tally = Tally::default();
    LOAD.run(&instance.client, &tally, || sleep(Duration::from_secs(seconds.into())));
    instance.serving.kill();
    let busy = busy_lines(&instance.log)?;
    Ok(Finding {
        done: format!("{} writers beside {} readers for {seconds} s", LOAD.writers, LOAD.readers),
        found: format!("{tally}; {busy} log lines about a busy or locked database"),
        verdict: verdict(tally.is_clean() && busy == 0),
    })
}
