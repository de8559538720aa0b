//! Time, as a test wants it.

use server::Clock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Milliseconds.
pub const DAY: i64 = 24 * 60 * 60 * 1000;

/// A clock that only moves when a test moves it.
pub struct TestClock {
    now: AtomicI64,
    monotonic: AtomicI64,
}

impl Default for TestClock {
    fn default() -> Self {
        Self { now: AtomicI64::new(1_795_466_388_000), monotonic: AtomicI64::new(0) }
    }
}

impl Clock for TestClock {
    fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    fn monotonic(&self) -> i64 {
        self.monotonic.load(Ordering::SeqCst)
    }
}

impl TestClock {
    /// Lets time pass: both clocks advance.
    pub fn advance(&self, milliseconds: i64) {
        self.jump(milliseconds);
        self.monotonic.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Changes the wall clock forwards or back, while the monotonic clock stays.
    pub fn jump(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

/// Waits in real time, for what another task does.
pub async fn wait_until(done: impl Fn() -> bool) {
    for _ in 0..400 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the condition was not met in time");
}
