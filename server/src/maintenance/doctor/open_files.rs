//! The limit of open files, each of which may be a connection.

use super::Diagnosis;
use crate::http::{FEW_CONNECTIONS, MOST_CONNECTIONS, room_for_connections};

const CHECK: &str = "open files";

/// Judges the hard limit of this process, to which a server raises its own.
pub fn examine() -> Diagnosis {
    match rlimit::Resource::NOFILE.get() {
        Ok((_, hard)) => of_limit(hard),
        Err(error) => Diagnosis::problem(CHECK, format!("the limit cannot be read: {error}"), "Look at ulimit -Hn"),
    }
}

fn of_limit(limit: u64) -> Diagnosis {
    let room = room_for_connections(limit);
    let what = format!("room for {room} connections at the same time");
    let next = "Raise the limit: LimitNOFILE=8192 in a systemd unit, ulimit -Hn in a shell";
    match room {
        ..FEW_CONNECTIONS => Diagnosis::problem(CHECK, what, next),
        FEW_CONNECTIONS..MOST_CONNECTIONS => Diagnosis::warning(CHECK, what, next),
        _ => Diagnosis::ok(CHECK, what),
    }
}
