//! A client that creates, edits and deletes image registries in turns, and records what was acknowledged.

use super::journal::Journal;
use super::registries;
use crate::command::TaskResult;
use crate::http::{Answer, Client};
use std::sync::atomic::{AtomicU64, Ordering};

/// How many registries a turn creates.
const CREATED: usize = 8;
/// How many of them it edits.
const EDITED: usize = 3;

/// The outcomes of requests in all threads.
#[derive(Default)]
pub struct Tally {
    pub done: AtomicU64,
    pub refused: AtomicU64,
    pub failed: AtomicU64,
    pub broken_off: AtomicU64,
}

pub struct Writer {
    client: Client,
    prefix: String,
    turns: u32,
    /// How many registries of a turn are kept.
    kept: usize,
    pub journal: Journal,
}

impl Tally {
    /// Counts the outcome of a request. Returns the response if it is a success.
    pub fn count(&self, answer: TaskResult<Answer>) -> TaskResult<Answer> {
        let kind = match &answer {
            Err(_) => &self.broken_off,
            Ok(answer) if answer.status >= 500 => &self.failed,
            Ok(answer) if answer.status >= 400 => &self.refused,
            Ok(_) => &self.done,
        };
        kind.fetch_add(1, Ordering::Relaxed);
        answer.and_then(|answer| if answer.status < 400 { Ok(answer) } else { Err(answer.summary()) })
    }

    pub fn is_clean(&self) -> bool {
        [&self.refused, &self.failed, &self.broken_off].iter().all(|kind| kind.load(Ordering::Relaxed) == 0)
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [done, refused, failed, broken_off] =
            [&self.done, &self.refused, &self.failed, &self.broken_off].map(|kind| kind.load(Ordering::Relaxed));
        write!(f, "{done} requests done, {refused} refused (4xx), {failed} failed (5xx), {broken_off} aborted")
    }
}

impl Writer {
    pub fn new(client: &Client, prefix: String, kept: usize) -> Self {
        Self { client: client.clone(), prefix, turns: 0, kept, journal: Journal::default() }
    }

    /// Creates some registries, edits a few, and deletes the rest at once. Ends early at the first failed request.
    pub fn turn(&mut self, tally: &Tally) -> TaskResult {
        let turn = format!("{}-t{:05}-", self.prefix, self.turns);
        self.turns += 1;
        let names: Vec<String> = (0..CREATED).map(|index| format!("{turn}{index}")).collect();
        for name in &names {
            self.journal.creating(name);
            tally.count(registries::create(&self.client, name))?;
            self.journal.acknowledged(name);
        }
        let listed = registries::list(&self.client, &turn);
        if listed.is_err() {
            tally.broken_off.fetch_add(1, Ordering::Relaxed);
        }
        let found = listed?;
        let id = |name: &String| found.get(name).map(|found| found.id.clone()).ok_or(format!("{name} is missing"));
        for name in &names[..EDITED] {
            self.journal.editing(name, 1);
            tally.count(registries::edit(&self.client, &id(name)?, 1))?;
            self.journal.acknowledged(name);
        }
        let leaving = &names[self.kept..];
        let mut targets = Vec::new();
        for (index, name) in leaving.iter().enumerate() {
            self.journal.deleting(name, u32::from(index + self.kept < EDITED));
            targets.push((name.clone(), id(name)?));
        }
        tally.count(registries::delete(&self.client, &targets))?;
        for name in leaving {
            self.journal.acknowledged(name);
        }
        Ok(())
    }
}
