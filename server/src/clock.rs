//! Clocks. A trait, so that tests can control the time.

use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds.
pub const DAY: i64 = 24 * 60 * 60 * 1000;

pub trait Clock: Send + Sync {
    /// Milliseconds since 1970 in UTC. This clock can be set forwards and back.
    fn now(&self) -> i64;

    /// Milliseconds since an arbitrary point in time. Never goes back and never jumps: use it for delays and rates.
    fn monotonic(&self) -> i64;
}

/// The clock of the system.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> i64 {
        // A time before 1970 or after the year 292 million becomes 1970, which invalidates all sessions.
        SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|d| i64::try_from(d.as_millis()).ok()).unwrap_or(0)
    }

    fn monotonic(&self) -> i64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        i64::try_from(START.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}
