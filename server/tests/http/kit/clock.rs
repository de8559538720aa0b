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
    /// How many readings are left before one panics; negative if none does.
    until_panic: AtomicI64,
}

impl Default for TestClock {
    fn default() -> Self {
        Self { now: AtomicI64::new(1_795_466_388_000), monotonic: AtomicI64::new(0), until_panic: AtomicI64::new(-1) }
    }
}

impl Clock for TestClock {
    fn now(&self) -> i64 {
        self.panic_if_due();
        self.now.load(Ordering::SeqCst)
    }

    fn monotonic(&self) -> i64 {
        self.panic_if_due();
        self.monotonic.load(Ordering::SeqCst)
    }
}

impl TestClock {
    /// Lets a reading panic, once: the next one, or as many later.
    pub fn panic_after(&self, readings: i64) {
        self.until_panic.store(readings, Ordering::SeqCst);
    }

    fn panic_if_due(&self) {
        let left = self.until_panic.load(Ordering::SeqCst);
        if left >= 0 {
            self.until_panic.store(left - 1, Ordering::SeqCst);
            assert!(left > 0, "the test wants a panic here");
        }
    }

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
