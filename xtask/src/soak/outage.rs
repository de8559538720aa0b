//! Rounds in which a portolan cannot write: what it answers meanwhile, and whether it writes again afterwards.

use super::Instance;
use super::registries::{self, Found};
use crate::command::{Outcome, program};
use crate::http::{Answer, Client};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The most writes that are tried before the first must be refused: a log of the database may have room left inside.
const MOST_TRIES: usize = 500;
/// How many more are tried once one was refused.
const MORE_TRIES: usize = 5;
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
    pub fn new(instance: &Instance) -> Outcome<Self> {
        let answer = registries::create(&instance.client, "standing")?;
        if answer.status != 200 {
            return Err(answer.summary());
        }
        age_the_session(&instance.data)?;
        Ok(Self {
            client: instance.client.clone(),
            rounds: 0,
            recovered: 0,
            refusals: BTreeMap::new(),
            written: BTreeSet::from(["standing".to_owned()]),
            refused: BTreeSet::new(),
            written_in_outage: 0,
            problems: BTreeMap::new(),
        })
    }

    /// One round: `begin` makes writing impossible, `end` makes it possible again.
    pub fn round(&mut self, begin: impl FnOnce() -> Outcome, end: impl FnOnce() -> Outcome) -> Outcome {
        self.rounds += 1;
        begin()?;
        self.write_in_vain()?;
        for page in PAGES {
            match self.client.get(page)? {
                answer if answer.status == 200 => {}
                answer => self.problem(format!("{page} answered {} in the outage", answer.status)),
            }
        }
        self.readiness(503)?;
        end()?;
        // The first write counts, not the second.
        let name = format!("after-{:03}", self.rounds);
        let answer = registries::create(&self.client, &name)?;
        if answer.status == 200 {
            self.recovered += 1;
            self.written.insert(name);
            self.readiness(200)?;
            self.clear_away()
        } else {
            self.problem(format!("the first write afterwards was refused with {}", sentence(&answer)));
            self.refused.insert(name);
            Ok(())
        }
    }

    /// What was written and is not there, or was refused and is there, counts as a problem, too.
    pub fn compare(&mut self) {
        let Some(found) = self.listed() else { return };
        let (written, refused) = (self.written.clone(), self.refused.clone());
        for name in written.iter().filter(|name| !found.contains_key(*name)) {
            self.problem(format!("{name} was acknowledged and is lost"));
        }
        for name in refused.iter().filter(|name| found.contains_key(*name)) {
            self.problem(format!("{name} was refused and is there"));
        }
    }

    pub fn are_well(&self) -> bool {
        self.problems.is_empty() && self.recovered == self.rounds
    }

    fn write_in_vain(&mut self) -> Outcome {
        let mut left = MOST_TRIES;
        let mut was_refused = false;
        while left > 0 {
            left -= 1;
            let name = format!("in-{:03}-{left:03}", self.rounds);
            let answer = registries::create(&self.client, &name)?;
            if answer.status < 400 {
                self.written_in_outage += 1;
                self.written.insert(name);
                continue;
            }
            if !was_refused {
                was_refused = true;
                left = MORE_TRIES;
            }
            self.refused.insert(name);
            *self.refusals.entry(sentence(&answer)).or_default() += 1;
            if answer.status != 503 {
                self.problem(format!("a write was refused with {} instead of 503", answer.status));
            }
        }
        if !was_refused {
            self.problem("no write was refused".to_owned());
        }
        Ok(())
    }

    /// Asks as a probe does, which is not logged in.
    fn readiness(&mut self, wanted: u16) -> Outcome {
        let status = Client::stranger(&self.client.address).get("/readyz")?.status;
        // A portolan without this path sends strangers to the log-in page.
        if status != wanted && ![303, 404].contains(&status) {
            self.problem(format!("/readyz answered {status} instead of {wanted}"));
        }
        Ok(())
    }

    /// Deletes what was made, so that the next round finds the room that this one had.
    fn clear_away(&mut self) -> Outcome {
        let Some(found) = self.listed() else { return Ok(()) };
        let there = |name: &&String| name.as_str() != "standing" && found.contains_key(*name);
        let gone: Vec<(String, String)> =
            self.written.iter().filter(there).map(|name| (name.clone(), found[name].id.clone())).collect();
        for some in gone.chunks(100) {
            let answer = registries::delete(&self.client, some)?;
            if answer.status != 200 {
                self.problem(format!("a deletion afterwards was refused with {}", sentence(&answer)));
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
fn age_the_session(data: &Path) -> Outcome {
    let change = "pragma busy_timeout = 5000; update session set last_seen_at = last_seen_at - 900000;";
    let (_, well) = program("sqlite3").args([data.join("portolan.db").as_os_str(), change.as_ref()]).read(false);
    if well { Ok(()) } else { Err("sqlite3 cannot change the session".to_owned()) }
}

/// What the answer says, without the reference that differs each time.
fn sentence(answer: &Answer) -> String {
    let kind = match serde_json::from_str(&answer.body) {
        Ok(Value::String(kind)) => kind,
        Ok(Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
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
