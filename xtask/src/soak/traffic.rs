//! Many writers and readers at once: does everyone get a response?

use super::load::Load;
use super::registries;
use super::writer::Tally;
use super::{Finding, Soak, busy_lines, verdict};
use crate::command::TaskResult;
use std::thread::sleep;

const LOAD: Load = Load { writers: 50, readers: 50, visitors: 0 };

pub fn run(soak: &Soak) -> TaskResult<Finding> {
    let mut instance = soak.instance("traffic")?;
    registries::create_standing(&instance.client)?;
    let tally = Tally::default();
    LOAD.run(&instance.client, &tally, || sleep(soak.extent.traffic));
    instance.serving.kill();
    let busy = busy_lines(&instance.log)?;
    Ok(Finding {
        done: format!(
            "{} writers beside {} readers for {} s",
            LOAD.writers,
            LOAD.readers,
            soak.extent.traffic.as_secs()
        ),
        found: format!("{tally}; {busy} log lines about a busy or locked database"),
        verdict: verdict(tally.is_clean() && busy == 0),
    })
}
