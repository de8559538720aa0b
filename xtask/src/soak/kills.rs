//! `kill -9` at random moments while writers are at work: is everything there that was acknowledged,
//! and is all of it, and nothing else, in the audit trail?

use super::writer::{Tally, Writer};
use super::{Finding, Instance, Soak, database_problems, logged, milliseconds, registries, trail, verdict};
use crate::command::TaskResult;
use crate::http::Client;
use crate::serving::{self, Serving};
use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

const WRITERS: usize = 8;
/// How many registries of a turn are kept, to be looked for again at the very end.
const KEPT: usize = 2;
/// The longest time that writers work before the kill.
const LONGEST: u64 = 250;
/// Every nth round, the start afterwards is killed, too.
const START_KILLED_EVERY: u32 = 10;
/// How soon the server has to respond again.
const READY_WITHIN: Duration = Duration::from_secs(2);
/// How long to wait for that at most.
const GIVE_UP: Duration = Duration::from_secs(20);

pub fn run(soak: &Soak) -> TaskResult<Finding> {
    let mut instance = soak.instance("kills")?;
    let tally = Tally::default();
    let mut moments = Moments::default();
    let mut kept: Vec<Writer> = Vec::new();
    let mut broken = Vec::new();
    let mut slowest = Duration::ZERO;
    for round in 0..soak.extent.kills {
        let mut writers: Vec<Writer> =
            (0..WRITERS).map(|writer| Writer::new(&instance.client, format!("r{round:04}-w{writer}"), KEPT)).collect();
        kill_at_work(&mut instance, &mut writers, &tally, moments.up_to(LONGEST));
        if round % START_KILLED_EVERY == START_KILLED_EVERY - 1 {
            kill_at_start(soak, &instance, moments.up_to(40))?;
        }
        slowest = slowest.max(start_again(soak, &mut instance)?);
        let found = registries::list(&instance.client, &format!("r{round:04}-"))?;
        broken.extend(writers.iter_mut().flat_map(|writer| writer.journal.settle(&found)));
        kept.append(&mut writers);
    }
    // What survived its own round must have survived all later ones.
    let found = registries::list(&instance.client, "")?;
    broken.extend(kept.iter_mut().flat_map(|writer| writer.journal.settle(&found)));
    // Each change has its entry in the audit trail, and each entry its change.
    broken.extend(trail::problems(&instance.client, kept.iter().map(|writer| &writer.journal))?);
    instance.serving.kill();
    broken.extend(database_problems(&instance.data)?);

    let is_prompt = slowest <= READY_WITHIN || !soak.extent.judges_times;
    let unwanted = tally.refused.load(Ordering::Relaxed) + tally.failed.load(Ordering::Relaxed);
    let registries: usize = kept.iter().map(|writer| writer.journal.count()).sum();
    let loss = match broken.first() {
        None => "no acknowledged write was lost, no deletion was half done, each change has its entry in the audit trail and each entry its change, the database is intact".to_owned(),
        Some(first) => format!("{} promises broken, such as: {first}", broken.len()),
    };
    Ok(Finding {
        done: format!("{} times SIGKILL while {WRITERS} writers create, edit and delete", soak.extent.kills),
        found: format!(
            "{} writes acknowledged for {registries} registries; {loss}; ready again within {} at most; {unwanted} unexpected responses",
            tally.done.load(Ordering::Relaxed),
            milliseconds(slowest)
        ),
        verdict: verdict(broken.is_empty() && unwanted == 0 && is_prompt),
    })
}

/// Lets the writers work and kills the server meanwhile.
fn kill_at_work(instance: &mut Instance, writers: &mut [Writer], tally: &Tally, after: Duration) {
    scope(|scope| {
        for writer in writers {
            scope.spawn(|| while writer.turn(tally).is_ok() {});
        }
        sleep(after);
        instance.serving.kill();
    });
}

/// Kills a server during its start: an interrupted recovery must not lose anything.
fn kill_at_start(soak: &Soak, instance: &Instance, after: Duration) -> TaskResult {
    let mut command = logged(serving::portolan(&soak.binary, &instance.data), &instance.log)?;
    let mut child = command.stdout(Stdio::null()).spawn().map_err(|error| error.to_string())?;
    sleep(after);
    let _ = child.kill();
    let _ = child.wait();
    Ok(())
}

/// Starts the server on the same folder. Returns the time until its first response. Sessions are still valid.
fn start_again(soak: &Soak, instance: &mut Instance) -> TaskResult<Duration> {
    let started = Instant::now();
    let command = logged(serving::portolan(&soak.binary, &instance.data), &instance.log)?;
    instance.serving = Serving::start(command, 1)?;
    instance.client = Client { address: instance.serving.address.clone(), ..instance.client.clone() };
    while started.elapsed() < GIVE_UP {
        if instance.client.get("/healthz").is_ok_and(|answer| answer.status == 200) {
            return Ok(started.elapsed());
        }
        sleep(Duration::from_millis(5));
    }
    Err("the server did not respond after a kill".to_owned())
}

/// Random enough to kill at a different moment each time (xorshift).
pub struct Moments(u64);

impl Default for Moments {
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl Moments {
    pub fn up_to(&mut self, milliseconds: u64) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(self.0 % (milliseconds + 1))
    }
}
