//! Rate-limits log lines that any client can cause, to one of each kind per minute, so that they cannot fill the disk.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_mins(1);

/// Limits one kind of log line.
pub struct LogLimit(Mutex<(Option<Instant>, u64)>);

impl LogLimit {
    pub const fn new() -> Self {
        Self(Mutex::new((None, 0)))
    }

    /// Returns `None` if the line must be suppressed; otherwise the number of lines suppressed since the last one.
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
    fn a_second_log_line_within_a_minute_is_suppressed_and_counted() {
        let limit = LogLimit::new();
        assert_eq!((limit.allow(), limit.allow(), limit.allow()), (Some(0), None, None));
    }
}
