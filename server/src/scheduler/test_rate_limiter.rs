//! Limits how often people may test connections, because every test connects to an address of their choice.

use crate::rate_limit::RateLimit;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most tests of one person within [`WINDOW`].
const PER_PERSON: usize = 10;

/// Milliseconds.
const WINDOW: i64 = 60_000;

/// The most tests at a time, of all people together.
const AT_ONCE: usize = 4;

/// The suggested delay if too many tests are running. A test takes 15 seconds at most, and usually far less. Seconds.
const UNTIL_ONE_ENDS: u32 = 5;

/// Permission for one test; one of [`AT_ONCE`]. It is given back when it is dropped.
pub struct TestSlot(#[expect(dead_code, reason = "held")] OwnedSemaphorePermit);

/// Counts tests, per account and in total.
pub struct TestRateLimiter {
    places: Arc<Semaphore>,
    per_person: RateLimit,
}

impl TestRateLimiter {
    pub fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), per_person: RateLimit::new(PER_PERSON, WINDOW) }
    }

    /// Takes a slot. `now` is on the monotonic clock.
    ///
    /// # Errors
    /// The seconds to wait if there are too many tests.
    pub fn try_acquire(&self, person: &str, now: i64) -> Result<TestSlot, u32> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| UNTIL_ONE_ENDS)?;
        self.per_person.try_acquire(person, now)?;
        Ok(TestSlot(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t7_each_person_may_run_ten_connection_tests_a_minute() {
        let test_limiter = TestRateLimiter::new();
        for second in 0..10 {
            assert!(test_limiter.try_acquire("anna", second * 1000).is_ok());
        }
        assert_eq!(test_limiter.try_acquire("anna", 10_000).err(), Some(50));
        assert!(test_limiter.try_acquire("bert", 10_000).is_ok());
        assert_eq!(test_limiter.try_acquire("anna", 59_999).err(), Some(1));
        assert!(test_limiter.try_acquire("anna", 60_000).is_ok());
        assert_eq!(test_limiter.try_acquire("anna", 60_000).err(), Some(1), "the only free slot is taken");
    }

    #[test]
    fn t7_four_connection_tests_may_run_at_once_in_total() {
        let test_limiter = TestRateLimiter::new();
        let mut held: Vec<_> = (0..4).map(|person| test_limiter.try_acquire(&person.to_string(), 0).unwrap()).collect();
        assert_eq!(test_limiter.try_acquire("anna", 0).err(), Some(UNTIL_ONE_ENDS));
        held.pop();
        assert!(test_limiter.try_acquire("anna", 0).is_ok());
    }
}
