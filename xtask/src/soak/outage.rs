//! Rounds in which the server cannot write: what it answers meanwhile, and whether it writes again afterwards.

use super::registries::{self, Found, STANDING};
use super::{Finding, Instance, database_problems, verdict};
use crate::command::{TaskResult, program};
use crate::http::{Answer, Client};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How many writes have to be refused in an outage.
const REFUSALS: usize = 6;
/// The most attempts for that: there may be space left in the write-ahead log.
const MOST_TRIES: usize = 500;
/// In which rounds `/readyz` is checked, and for how long.
const PROBED_EVERY: usize = 8;
const PROBED_FOR: Duration = Duration::from_secs(3);
/// What is read while nothing can be written.
const PAGES: [&str; 4] =
    ["/image-registries", "/image-registries/create", "/image-registries/default/standing", "/healthz"];

/// The results of all rounds.
pub struct Outages {
    client: Client,
    rounds: usize,
    recovered: usize,
    refusals: BTreeMap<String, usize>,
    /// The names of acknowledged and of refused writes.
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

    /// Runs one round: `begin` makes writes fail, `end` makes them possible again.
    pub fn round(&mut self, begin: impl FnOnce() -> TaskResult, end: impl FnOnce() -> TaskResult) -> TaskResult {
        self.rounds += 1;
        begin()?;
        self.write_until_refused()?;
        for page in PAGES {
            match self.client.get(page)? {
                answer if answer.status == 200 => {}
                answer => self.problem(format!("{page} responded with {} during the outage", answer.status)),
            }
        }
        self.await_readiness(503)?;
        end()?;
        // The first write has to succeed, not a later one.
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

    /// Stops the server and returns the result of all rounds.
    pub fn finding(mut self, mut instance: Instance, done: String) -> TaskResult<Finding> {
        self.compare();
        instance.serving.kill();
        let problems = database_problems(&instance.data)?;
        let is_well = self.problems.is_empty() && self.recovered == self.rounds && problems.is_none();
        let soundness = problems.unwrap_or_else(|| "the database is intact".to_owned());
        Ok(Finding { done, found: format!("{self}; {soundness}"), verdict: verdict(is_well) })
    }

    /// A lost write, or a refused one that was stored, is a problem as well.
    fn compare(&mut self) {
        let Some(found) = self.listed() else { return };
        let (written, refused) = (self.written.clone(), self.refused.clone());
        for name in written.iter().filter(|name| !found.contains_key(*name)) {
            self.problem(format!("{name} was acknowledged but is lost"));
        }
        for name in refused.iter().filter(|name| found.contains_key(*name)) {
            self.problem(format!("{name} was refused but was stored"));
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

    /// Polls readiness, without a session, until the response is as expected. Not in every round, because the server
    /// caches the result for a moment.
    fn await_readiness(&mut self, wanted: u16) -> TaskResult {
        if self.rounds % PROBED_EVERY != 1 {
            return Ok(());
        }
        let asked = Instant::now();
        loop {
            let status = Client::anonymous(&self.client.address).get("/readyz")?.status;
            // A version without this path redirects to the log-in page.
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

    /// Deletes what was created, so that the next round starts with the same free space.
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

    /// All existing registries. A list that cannot be read is a problem as well.
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

/// Makes the session look a quarter of an hour old. A server that stores the last use now and then would then have to
/// do so during the outage.
fn age_the_session(data: &Path) -> TaskResult {
    let change = "pragma busy_timeout = 5000; update session set last_seen_at = last_seen_at - 900000;";
    let (_, ok) = program("sqlite3").args([data.join("portolan.db").as_os_str(), change.as_ref()]).read(false);
    if ok { Ok(()) } else { Err("sqlite3 cannot change the session".to_owned()) }
}

/// The status and the kind of error, without the reference that differs each time.
fn kind(answer: &Answer) -> String {
    let kind = match serde_json::from_str(&answer.body) {
        Ok(Value::String(kind)) => kind,
        Ok(Value::Object(fields)) => match fields.into_iter().next() {
            Some((kind, Value::String(detail))) if kind != "Internal" => format!("{kind}: {detail}"),
            Some((kind, _)) => kind,
            None => "an empty error".to_owned(),
        },
        _ => "no error that a page can show".to_owned(),
    };
    format!("{} {kind}", answer.status)
}

impl std::fmt::Display for Outages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "first write succeeded again in {} of {} rounds", self.recovered, self.rounds)?;
        for (refusal, times) in &self.refusals {
            write!(f, "; {times} writes refused with {refusal}")?;
        }
        if self.written_in_outage > 0 {
            write!(f, "; {} still found space and were stored", self.written_in_outage)?;
        }
        // The first few are enough.
        for (problem, times) in self.problems.iter().take(4) {
            write!(f, "; {times} times: {problem}")?;
        }
        Ok(())
    }
}
