//! Limits how often something may happen, within a sliding window.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// A limit for each key, such as the id of an account. Counts in memory: each server counts for itself, and a restart
/// resets it.
pub struct RateLimit {
    most: usize,
    window: i64,
    times: Mutex<HashMap<String, VecDeque<i64>>>,
}

impl RateLimit {
    /// At most `most` times within `window` milliseconds.
    pub fn new(most: usize, window: i64) -> Self {
        Self { most, window, times: Mutex::default() }
    }

    /// Counts one more time. Returns how many are left. `now` is on the monotonic clock.
    ///
    /// # Errors
    /// The seconds to wait, if there were too many.
    pub fn try_acquire(&self, key: &str, now: i64) -> Result<usize, u32> {
        let mut all = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, times| {
            times.retain(|time| *time > now - self.window);
            !times.is_empty()
        });
        let times = all.entry(key.to_owned()).or_default();
        if times.len() >= self.most {
            let free_at = times.front().map_or(now, |first| first + self.window);
            return Err(u32::try_from((free_at - now + 999) / 1000).unwrap_or(1));
        }
        times.push_back(now);
        Ok(self.most - times.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_a_limit_of_its_own_and_the_window_slides() {
        let limit = RateLimit::new(2, 60_000);
        assert_eq!(limit.try_acquire("anna", 0), Ok(1));
        assert_eq!(limit.try_acquire("anna", 10_000), Ok(0));
        assert_eq!(limit.try_acquire("anna", 10_001), Err(50));
        assert_eq!(limit.try_acquire("bert", 10_001), Ok(1));
        assert_eq!(limit.try_acquire("anna", 59_999), Err(1));
        assert_eq!(limit.try_acquire("anna", 60_000), Ok(0));
        assert_eq!(limit.try_acquire("anna", 60_000), Err(10));
    }

    #[test]
    fn keys_without_a_recent_time_are_forgotten() {
        let limit = RateLimit::new(2, 60_000);
        for number in 0..1_000 {
            let _ = limit.try_acquire(&number.to_string(), number);
        }
        let _ = limit.try_acquire("anna", 100_000);
        assert_eq!(limit.times.lock().unwrap().len(), 1);
    }
}
