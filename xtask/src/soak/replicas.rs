//! `kill -9` for one of two servers on a PostgreSQL database, again and again, while writers are at work: is everything
//! there that was acknowledged, does the other one answer throughout, and is every registry checked within a minute?

use super::kills::Moments;
use super::writer::{Tally, Writer};
use super::{Finding, Soak, logged, milliseconds, registries, trail, verdict};
use crate::command::TaskResult;
use crate::http::Client;
use crate::serving::{self, Serving};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Writers for each server.
const WRITERS: usize = 4;
/// How many registries of a turn are kept, to be looked for again at the very end.
const KEPT: usize = 2;
/// The longest time that writers work before the kill.
const LONGEST: u64 = 1000;
/// How long a registry may wait for its check. Milliseconds.
const UNCHECKED: u64 = 60_000;

/// Two servers on one database.
struct Pair<'s> {
    soak: &'s Soak,
    folder: PathBuf,
    database: String,
    session: String,
}

/// What the server that is not killed shows meanwhile.
#[derive(Default)]
struct Observed {
    answered: AtomicU64,
    unanswered: AtomicU64,
    /// The longest time that a registry has waited for its check. Milliseconds.
    unchecked: AtomicU64,
}

pub fn run(soak: &Soak) -> TaskResult<Finding> {
    let postgres = test_postgres::Server::start();
    let database = postgres.new_database();
    let mut pair = Pair { soak, folder: soak.folder("replicas")?, database, session: String::new() };
    let first = pair.start(0, 2)?;
    pair.session = first.set_up()?.session;
    let mut servers = [first, pair.start(1, 1)?];
    let (tally, observed) = (Tally::default(), Observed::default());
    let mut moments = Moments::default();
    let (mut kept, mut broken) = (Vec::new(), Vec::new());
    let kills = soak.extent.kills_of_one;
    for round in 0..kills {
        let clients = [pair.client(&servers[0]), pair.client(&servers[1])];
        let writer = |index: usize| Writer::new(&clients[index % 2], format!("r{round:04}-w{index}"), KEPT);
        let mut writers: Vec<Writer> = (0..2 * WRITERS).map(writer).collect();
        let killed = round as usize % 2;
        let (before, after) = (moments.up_to(LONGEST), moments.up_to(LONGEST));
        while_working(&mut writers, &tally, &clients[1 - killed], &observed, || {
            sleep(before);
            servers[killed].kill();
            sleep(after);
        });
        servers[killed] = pair.start(killed, 1)?;
        let found = registries::list(&pair.client(&servers[killed]), &format!("r{round:04}-"))?;
        broken.extend(writers.iter_mut().flat_map(|writer| writer.journal.settle(&found)));
        kept.append(&mut writers);
    }
    // What survived its own round must have survived all later ones, and been checked.
    let client = pair.client(&servers[0]);
    let found = registries::list(&client, "")?;
    broken.extend(kept.iter_mut().flat_map(|writer| writer.journal.settle(&found)));
    broken.extend(trail::problems(&client, kept.iter().map(|writer| &writer.journal))?);
    let unchecked = observed.unchecked.into_inner().max(all_checked(&client)?);
    let unwanted = tally.refused.load(Ordering::Relaxed) + tally.failed.load(Ordering::Relaxed);
    let (answered, unanswered) = (observed.answered.into_inner(), observed.unanswered.into_inner());
    let loss = match broken.first() {
        None => {
            "no acknowledged write was lost, each change has its entry in the audit trail and each entry its change"
                .to_owned()
        }
        Some(first) => format!("{} promises broken, such as: {first}", broken.len()),
    };
    Ok(Finding {
        done: format!("{kills} times SIGKILL for one of two servers while {} writers work on both", 2 * WRITERS),
        found: format!(
            "{} writes acknowledged, {} registries at the end; {loss}; the other server answered {answered} of {} requests; a registry waited {} at most for its check; {unwanted} unexpected responses",
            tally.done.load(Ordering::Relaxed),
            found.len(),
            answered + unanswered,
            milliseconds(Duration::from_millis(unchecked)),
        ),
        verdict: verdict(broken.is_empty() && unwanted == 0 && unanswered == 0 && unchecked <= UNCHECKED),
    })
}

/// Lets the writers work, and observes one server, until `meanwhile` ends.
fn while_working(
    writers: &mut [Writer],
    tally: &Tally,
    survivor: &Client,
    observed: &Observed,
    meanwhile: impl FnOnce(),
) {
    let over = AtomicBool::new(false);
    let goes_on = || !over.load(Ordering::Relaxed);
    scope(|scope| {
        for writer in writers {
            scope.spawn(|| {
                while goes_on() {
                    if writer.turn(tally).is_err() {
                        break;
                    }
                }
            });
        }
        scope.spawn(|| {
            while goes_on() {
                let is_answered = survivor.get("/image-registries").is_ok_and(|answer| answer.status == 200);
                let count = if is_answered { &observed.answered } else { &observed.unanswered };
                count.fetch_add(1, Ordering::Relaxed);
                observed.unchecked.fetch_max(longest_unchecked(survivor).unwrap_or_default(), Ordering::Relaxed);
            }
        });
        meanwhile();
        over.store(true, Ordering::Relaxed);
    });
}

impl Pair<'_> {
    fn start(&self, index: usize, lines: usize) -> TaskResult<Serving> {
        let data = self.folder.join(index.to_string());
        let key_file = self.folder.join("portolan.key");
        let command = serving::portolan_on(&self.soak.binary, &data, &self.database, &key_file);
        Serving::start(logged(command, &data.with_extension("log"))?, lines)
    }

    fn client(&self, server: &Serving) -> Client {
        Client { session: self.session.clone(), ..Client::anonymous(&server.address) }
    }
}

/// For how long the registry has been waiting that has waited longest for the check of its present settings.
/// Milliseconds.
#[expect(clippy::disallowed_methods, reason = "the list shows the time by the system's clock")]
fn longest_unchecked(client: &Client) -> TaskResult<u64> {
    let answer = client.get("/ui/image-registries/list?status=Pending&sort=updated&per_page=10")?;
    let list: Value = serde_json::from_str(&answer.body).map_err(|error| error.to_string())?;
    let Some(since) = list["rows"][0]["updated"]["at"].as_u64() else { return Ok(0) };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?;
    Ok(u64::try_from(now.as_millis()).unwrap_or(u64::MAX).saturating_sub(since))
}

/// Waits until every registry is checked. Returns the longest time that one has waited.
fn all_checked(client: &Client) -> TaskResult<u64> {
    let begin = Instant::now();
    let mut longest = 0;
    loop {
        let waiting = longest_unchecked(client)?;
        if waiting == 0 {
            return Ok(longest);
        }
        longest = longest.max(waiting);
        if begin.elapsed() > 2 * Duration::from_millis(UNCHECKED) {
            return Ok(longest);
        }
        sleep(Duration::from_millis(100));
    }
}
