//! Limits guessing a stored password by comparing others with it.
//!
//! A plan of manifests says whether a password is the stored one, so that manifests can be applied again and again without
//! a change. Who may edit a registry may not read its password, though, and must not find it out by trying.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The most wrong passwords for one registry within [`WINDOW`].
const MOST: u32 = 20;

/// Milliseconds.
const WINDOW: i64 = 60 * 60 * 1000;

/// The most registries that are counted. Beyond that, nothing is compared for further ones.
const MOST_COUNTED: usize = 4_096;

/// Wrong passwords by registry, in memory: each server counts for itself, and a restart resets it.
#[derive(Default)]
pub struct WrongGuesses(Mutex<HashMap<String, Guesses>>);

#[derive(Clone, Copy)]
struct Guesses {
    count: u32,
    /// When the first one was made, on the monotonic clock.
    since: i64,
}

impl WrongGuesses {
    /// Whether a password is the one of this registry. After too many wrong ones, the answer is no without a comparison.
    /// `now` is on the monotonic clock.
    pub fn compare(&self, registry_id: &str, now: i64, is_same: impl FnOnce() -> bool) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, guesses| (guesses.since..guesses.since + WINDOW).contains(&now));
        let known = all.get(registry_id).copied();
        let guesses = known.unwrap_or(Guesses { count: 0, since: now });
        if guesses.count >= MOST || known.is_none() && all.len() >= MOST_COUNTED {
            return false;
        }
        let is_same = is_same();
        if !is_same {
            all.insert(registry_id.to_owned(), Guesses { count: guesses.count + 1, ..guesses });
        }
        is_same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_too_many_wrong_passwords_even_the_right_one_is_not_recognised_for_a_while() {
        let guesses = WrongGuesses::default();
        let compare = |registry, now, is_same| guesses.compare(registry, now, || is_same);
        for now in 0..i64::from(MOST) {
            assert!(compare("a", now, true));
            assert!(!compare("a", now, false));
        }
        assert!(!compare("a", WINDOW - 1, true));
        assert!(compare("b", WINDOW - 1, true), "another registry");
        assert!(compare("a", WINDOW, true));
    }

    #[test]
    fn a_thousand_registries_are_counted_and_memory_is_bounded() {
        let guesses = WrongGuesses::default();
        for number in 0..2 * MOST_COUNTED {
            guesses.compare(&number.to_string(), 0, || false);
        }
        assert_eq!(guesses.0.lock().unwrap().len(), MOST_COUNTED);
        assert!(guesses.compare("0", 0, || true));
        assert!(!guesses.compare("new", 0, || true));
    }
}
