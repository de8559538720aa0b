//! Runs writers, readers and visitors in the background.

use super::journal::Journal;
use super::registries::{self, STANDING};
use super::writer::{Tally, Writer};
use crate::command::TaskResult;
use crate::http::Client;
use crate::serving::log_in_form;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

const READ: [&str; 6] = [
    "/image-registries",
    "/image-registries?q=w1&per_page=50&sort=-updated",
    "/image-registries/default/standing",
    "/image-registries/default/standing/edit",
    "/ui/image-registries/list?per_page=100",
    "/workspaces",
];

/// How many of each.
#[derive(Clone, Copy)]
pub struct Load {
    pub writers: usize,
    pub readers: usize,
    /// Visitors log in, follow events for a moment, request a check, and log out.
    pub visitors: usize,
}

impl Load {
    /// Runs all of them beside `meanwhile`, and stops them when it ends.
    pub fn run<T>(self, client: &Client, tally: &Tally, meanwhile: impl FnOnce() -> T) -> T {
        let over = AtomicBool::new(false);
        let goes_on = || !over.load(Ordering::Relaxed);
        scope(|scope| {
            for index in 0..self.writers {
                let mut writer = Writer::new(client, format!("w{index:02}"), 0);
                scope.spawn(move || {
                    while goes_on() {
                        pause_after(&writer.turn(tally));
                        writer.journal = Journal::default();
                    }
                });
            }
            for index in 0..self.readers {
                scope.spawn(move || {
                    for path in READ.into_iter().cycle().skip(index % READ.len()).take_while(|_| goes_on()) {
                        pause_after(&tally.count(client.get(path)));
                    }
                });
            }
            for _ in 0..self.visitors {
                scope.spawn(move || {
                    while goes_on() {
                        pause_after(&visit(client, tally));
                    }
                });
            }
            let result = meanwhile();
            over.store(true, Ordering::Relaxed);
            result
        })
    }
}

/// One visit.
fn visit(client: &Client, tally: &Tally) -> TaskResult {
    let anonymous = Client::anonymous(&client.address);
    let answer = tally.count(anonymous.post("/ui/login", &log_in_form()))?;
    let visitor = Client { session: answer.session().ok_or("the log-in set no session cookie")?, ..anonymous };
    let events = visitor.send("GET", "/events", "")?;
    let found = registries::list(&visitor, STANDING)?;
    let id = found.get(STANDING).map(|found| format!("id={}", found.id)).ok_or("the standing registry is missing")?;
    tally.count(visitor.post("/ui/image-registries/check", &id))?;
    sleep(Duration::from_millis(300));
    drop(events);
    tally.count(visitor.post("/ui/logout", "")).map(drop)
}

/// Waits a little after a failure, so that failing does not cause load.
fn pause_after<T>(outcome: &TaskResult<T>) {
    if outcome.is_err() {
        sleep(Duration::from_millis(50));
    }
}
