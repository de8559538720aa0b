//! Limits log lines that anyone can cause: one of each kind a minute, so that they cannot fill the disk.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_secs(60);

/// Counts the lines of one kind.
pub struct LogLimit(Mutex<(Option<Instant>, u64)>);

impl LogLimit {
    /// Nothing was logged yet.
    pub const fn new() -> Self {
        Self(Mutex::new((None, 0)))
    }

    /// Whether a line may be logged now: how many were left out since the last one.
    pub fn allow(&self) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, left_out) = &mut *state;
        if last.is_some_and(|last| last.elapsed() < INTERVAL) {
            *left_out += 1;
            return None;
        }
        *last = Some(Instant::now());
        Some(std::mem::take(left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::LogLimit;

    #[test]
    fn a_second_line_within_a_minute_is_counted_and_left_out() {
        let limit = LogLimit::new();
        assert_eq!((limit.allow(), limit.allow(), limit.allow()), (Some(0), None, None));
    }
}
