//! Rounds in which a portolan cannot write: what it answers meanwhile, and whether it writes again afterwards.

use super::registries::{self, Found, STANDING};
use super::{Finding, Instance, database_problems, verdict};
use crate::command::{TaskResult, program};
use crate::http::{Answer, Client};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How many writes must be refused in an outage.
const REFUSALS: usize = 6;
/// The most that are tried for that: the write-ahead log may have room left inside.
const MOST_TRIES: usize = 500;
/// In which rounds `/readyz` is asked, and for how long.
const PROBED_EVERY: usize = 8;
const PROBED_FOR: Duration = Duration::from_secs(3);
/// What is read while nothing can be written.
const PAGES: [&str; 4] =
    ["/image-registries", "/image-registries/create", "/image-registries/default/standing", "/healthz"];

/// What rounds of this kind came to.
pub struct Outages {
    client: Client,
    rounds: usize,
    recovered: usize,
    refusals: BTreeMap<String, usize>,
    /// What was said to be written, and what was said not to be.
    written: BTreeSet<String>,
    refused: BTreeSet<String>,
    written_in_outage: usize,
    problems: BTreeMap<String, usize>,
}

impl Outages {
    pub fn new(instance: &Instance) -> TaskResult<Self> {
        registries::create_standing(&instance.client)?;
        age_the_session(&instance.data)?;
        Ok(Self {
            client: instance.client.clone(),
            rounds: 0,
            recovered: 0,
            refusals: BTreeMap::new(),
            written: BTreeSet::from([STANDING.to_owned()]),
            refused: BTreeSet::new(),
            written_in_outage: 0,
            problems: BTreeMap::new(),
        })
    }

    /// One round: `begin` makes writing impossible, `end` makes it possible again.
    pub fn round(&mut self, begin: impl FnOnce() -> TaskResult, end: impl FnOnce() -> TaskResult) -> TaskResult {
        self.rounds += 1;
        begin()?;
        self.write_until_refused()?;
        for page in PAGES {
            match self.client.get(page)? {
                answer if answer.status == 200 => {}
                answer => self.problem(format!("{page} answered {} in the outage", answer.status)),
            }
        }
        self.await_readiness(503)?;
        end()?;
        // The first write counts, not the second.
        let name = format!("after-{:03}", self.rounds);
        let answer = registries::create(&self.client, &name)?;
        if answer.status == 200 {
            self.recovered += 1;
            self.written.insert(name);
            self.await_readiness(200)?;
            self.clear_away()
        } else {
            self.problem(format!("the first write afterwards was refused with {}", kind(&answer)));
            self.refused.insert(name);
            Ok(())
        }
    }

    /// Ends the server and says what the rounds came to.
    pub fn finding(mut self, mut instance: Instance, done: String) -> TaskResult<Finding> {
        self.compare();
        instance.serving.kill();
        let problems = database_problems(&instance.data)?;
        let is_well = self.problems.is_empty() && self.recovered == self.rounds && problems.is_none();
        let soundness = problems.unwrap_or_else(|| "the database is sound".to_owned());
        Ok(Finding { done, found: format!("{self}; {soundness}"), verdict: verdict(is_well) })
    }

    /// What was written and is not there, or was refused and is there, counts as a problem, too.
    fn compare(&mut self) {
        let Some(found) = self.listed() else { return };
        let (written, refused) = (self.written.clone(), self.refused.clone());
        for name in written.iter().filter(|name| !found.contains_key(*name)) {
            self.problem(format!("{name} was acknowledged and is lost"));
        }
        for name in refused.iter().filter(|name| found.contains_key(*name)) {
            self.problem(format!("{name} was refused and is there"));
        }
    }

    fn write_until_refused(&mut self) -> TaskResult {
        let mut refusals = 0;
        for index in 0..MOST_TRIES {
            let name = format!("in-{:03}-{index:03}", self.rounds);
            let answer = registries::create(&self.client, &name)?;
            if answer.status < 400 {
                self.written_in_outage += 1;
                self.written.insert(name);
                continue;
            }
            self.refused.insert(name);
            *self.refusals.entry(kind(&answer)).or_default() += 1;
            if answer.status != 503 {
                self.problem(format!("a write was refused with {} instead of 503", answer.status));
            }
            refusals += 1;
            if refusals == REFUSALS {
                return Ok(());
            }
        }
        self.problem(format!("{refusals} of {MOST_TRIES} writes were refused"));
        Ok(())
    }

    /// Asks as a probe does, which is not logged in, until the answer is this one. Not in every round: a server may
    /// repeat its last answer for a moment.
    fn await_readiness(&mut self, wanted: u16) -> TaskResult {
        if self.rounds % PROBED_EVERY != 1 {
            return Ok(());
        }
        let asked = Instant::now();
        loop {
            let status = Client::stranger(&self.client.address).get("/readyz")?.status;
            // A portolan without this path sends strangers to the log-in page.
            if [wanted, 303, 404].contains(&status) {
                return Ok(());
            }
            if asked.elapsed() > PROBED_FOR {
                self.problem(format!("/readyz answered {status} instead of {wanted}"));
                return Ok(());
            }
            sleep(Duration::from_millis(100));
        }
    }

    /// Deletes what was made, so that the next round finds the room that this one had.
    fn clear_away(&mut self) -> TaskResult {
        let Some(found) = self.listed() else { return Ok(()) };
        let there = |name: &&String| name.as_str() != STANDING && found.contains_key(*name);
        let gone: Vec<(String, String)> =
            self.written.iter().filter(there).map(|name| (name.clone(), found[name].id.clone())).collect();
        for some in gone.chunks(100) {
            let answer = registries::delete(&self.client, some)?;
            if answer.status != 200 {
                self.problem(format!("a deletion afterwards was refused with {}", kind(&answer)));
                return Ok(());
            }
            for (name, _) in some {
                self.written.remove(name);
            }
        }
        Ok(())
    }

    /// Every registry that is there; a list that cannot be had is a problem like any other.
    fn listed(&mut self) -> Option<BTreeMap<String, Found>> {
        let list = registries::list(&self.client, "");
        if list.is_err() {
            self.problem("the list could not be read afterwards".to_owned());
        }
        list.ok()
    }

    fn problem(&mut self, what: String) {
        *self.problems.entry(what).or_default() += 1;
    }
}

/// Makes it a quarter of an hour since somebody was there: a server that writes that down now and then would do so
/// at the next page, in the outage.
fn age_the_session(data: &Path) -> TaskResult {
    let change = "pragma busy_timeout = 5000; update session set last_seen_at = last_seen_at - 900000;";
    let (_, well) = program("sqlite3").args([data.join("portolan.db").as_os_str(), change.as_ref()]).read(false);
    if well { Ok(()) } else { Err("sqlite3 cannot change the session".to_owned()) }
}

/// The status and the kind of refusal, without the reference that differs each time.
fn kind(answer: &Answer) -> String {
    let kind = match serde_json::from_str(&answer.body) {
        Ok(Value::String(kind)) => kind,
        Ok(Value::Object(fields)) => match fields.into_iter().next() {
            Some((kind, Value::String(detail))) if kind != "Internal" => format!("{kind}: {detail}"),
            Some((kind, _)) => kind,
            None => "an empty refusal".to_owned(),
        },
        _ => "no refusal that a page can show".to_owned(),
    };
    format!("{} {kind}", answer.status)
}

impl std::fmt::Display for Outages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "wrote again at the first try in {} of {} rounds", self.recovered, self.rounds)?;
        for (refusal, times) in &self.refusals {
            write!(f, "; {times} writes refused with {refusal}")?;
        }
        if self.written_in_outage > 0 {
            write!(f, "; {} still found room and were kept", self.written_in_outage)?;
        }
        // The first few say it all.
        for (problem, times) in self.problems.iter().take(4) {
            write!(f, "; {times} times: {problem}")?;
        }
        Ok(())
    }
}
