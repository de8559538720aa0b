//! Fills and empties the disk of a running server, round after round.

use super::outage::Outages;
use super::volume::Volume;
use super::{Finding, Soak, Verdict};
use crate::command::TaskResult;
use crate::packages;
use std::fs;

/// Enough for the database, its log and the audit trail of all rounds.
const SIZE: &str = "8m";

pub fn run(soak: &Soak) -> TaskResult<Finding> {
    let rounds = soak.extent.full_disks;
    let done = format!("{rounds} times filled a disk of 8 MiB, wrote, read, freed space, wrote");
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
    let instance = soak.instance_on(&folder)?;
    let mut outages = Outages::new(&instance)?;
    let mut least_room = u64::MAX;
    for _ in 0..rounds {
        let fill = || volume.fill().map(|room| least_room = least_room.min(room));
        outages.round(fill, || volume.free())?;
    }
    outages.finding(instance, format!("{done} ({} KiB of space at least)", least_room / 1024))
}
