//! The clock, compared with what is stored and with the database's own.

use super::Diagnosis;
use super::database::Inspected;

const CHECK: &str = "clock";

/// A difference that matters to nobody. Milliseconds.
const TOLERATED: i64 = 10_000;

/// Sessions from further in the future have expired. Milliseconds.
const TOO_MUCH: i64 = 5 * 60_000;

pub fn examine(inspected: &Inspected) -> Vec<Diagnosis> {
    let contents = inspected.database.as_ref().and_then(|database| database.contents.as_ref());
    let Some(contents) = contents else { return Vec::new() };
    let ahead = contents.newest.map_or(0, |newest| newest - inspected.ended);
    let set_back = of_difference(ahead, "the clock is behind what was stored last, by");
    let other = contents.clock.and_then(|clock| {
        let apart = (clock - inspected.ended).max(inspected.begun - clock).max(0);
        of_difference(apart, "this machine's clock and that of the database differ by")
    });
    let found: Vec<_> = set_back.into_iter().chain(other).collect();
    match found.is_empty() {
        true => vec![Diagnosis::ok(CHECK, "no contradiction to what is stored")],
        false => found,
    }
}

fn of_difference(milliseconds: i64, what: &str) -> Option<Diagnosis> {
    let what = format!("{what} {} seconds", milliseconds / 1_000);
    let next = "Use NTP (timedatectl set-ntp true)";
    if milliseconds <= TOLERATED {
        None
    } else if milliseconds <= TOO_MUCH {
        Some(Diagnosis::warning(CHECK, what, next))
    } else {
        Some(Diagnosis::problem(CHECK, what, format!("{next}. Until then people have to log in again")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maintenance::doctor::Severity;

    #[test]
    fn some_seconds_are_tolerated_and_minutes_are_a_problem() {
        let severity = |milliseconds| of_difference(milliseconds, "apart by").map(|diagnosis| diagnosis.severity);
        assert_eq!(severity(-3_600_000), None, "a pause is no difference");
        assert_eq!(severity(10_000), None);
        assert_eq!(severity(10_001), Some(Severity::Warning));
        assert_eq!(severity(300_001), Some(Severity::Problem));
    }
}
