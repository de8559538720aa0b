//! A disk that is filled to its last byte and emptied again, round after round, under a server that goes on.

use super::outage::Outages;
use super::volume::Volume;
use super::{Finding, Soak, Verdict, database_problems, verdict};
use crate::command::Outcome;
use crate::packages;
use std::fs;

const SIZE: &str = "3m";
const ROUNDS: usize = 24;

pub fn run(soak: &Soak) -> Outcome<Finding> {
    let done = format!("{ROUNDS} times a disk of 3 MiB filled, written to, read from, freed, written to");
    let folder = soak.folder("disk-full")?.join("data");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    if !packages::is_root() {
        let found = "not run: a file system can only be mounted by root".to_owned();
        return Ok(Finding { done, found, verdict: Verdict::Skipped });
    }
    let volume = match Volume::mount(&folder, SIZE) {
        Ok(volume) => volume,
        Err(problem) => return Ok(Finding { done, found: format!("not run: {problem}"), verdict: Verdict::Skipped }),
    };
    let mut instance = soak.instance_on(&folder)?;
    let mut outages = Outages::new(&instance)?;
    for _ in 0..ROUNDS {
        outages.round(|| volume.fill(), || volume.free())?;
    }
    outages.compare();
    instance.serving.kill();
    let problems = database_problems(&instance.data)?;
    drop(volume);
    let soundness = problems.clone().unwrap_or_else(|| "the database is sound".to_owned());
    Ok(Finding {
        done,
        found: format!("{outages}; {soundness}"),
        verdict: verdict(outages.are_well() && problems.is_none()),
    })
}
