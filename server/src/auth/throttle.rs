//! Throttles password guessing with exponential backoff (OWASP ASVS 6.1.1), without locking anybody out.
//!
//! Failures are counted by account and by client address, and the next attempt is delayed before its password is hashed.
//! Attempts from one address are queued. An account only adds a delay, so nobody can lock out its owner by filling a
//! queue. An attempt counts as a failure when it begins and is forgiven if it succeeds, so hanging up early gains
//! nothing. Addresses without recent failures never queue behind others: an attack on an account delays its owner by two
//! seconds, unless it comes from so many addresses that the hashing queue is full.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Failures that cause no delay, because people mistype.
const FREE_FAILURES: u32 = 5;

/// The first delay. It doubles with each further failure (exponential backoff). Milliseconds.
const FIRST_DELAY: i64 = 250;

/// The longest delay between two attempts from one address or on one account. Milliseconds.
const LONGEST_DELAY: i64 = 5_000;

/// The longest delay that an account under attack adds for an address without recent failures. Milliseconds.
const LONGEST_DELAY_IF_QUIET: i64 = 2_000;

/// The longest time that an attempt may be queued. Beyond that it is refused at once. Milliseconds.
const LONGEST_WAIT: i64 = 10_000;

/// Failures expire after this long without another one. Milliseconds.
const FORGOTTEN_AFTER: i64 = 15 * 60 * 1000;

/// The most accounts, and the most addresses, that are tracked. Beyond that, the oldest failure is dropped.
const MOST_REMEMBERED: usize = 4_096;

/// User names have at most 64 characters. Longer ones share a counter with their first 64.
const NAME_CHARS: usize = 64;

/// Counts failures in memory, so a restart resets all counters.
#[derive(Default)]
pub struct Throttle(Mutex<Failures>);

#[derive(Default)]
struct Failures {
    accounts: HashMap<String, Attempts>,
    addresses: HashMap<IpAddr, Attempts>,
}

#[derive(Clone, Copy, Default)]
struct Attempts {
    failures: u32,
    /// When the last attempt began, on the monotonic clock.
    last: i64,
    /// When the next attempt may begin.
    next: i64,
}

/// An admitted attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// How long it has to wait before it may continue.
    pub wait: Duration,
    /// Whether its address has few or no recent failures.
    pub is_quiet: bool,
}

impl Throttle {
    /// Admits an attempt to log in as `name` from `address`. `now` is on the monotonic clock.
    ///
    /// # Errors
    /// The seconds to wait, if too many attempts are queued for this address or account.
    pub fn admit(&self, address: IpAddr, name: &str, now: i64) -> Result<Admitted, u32> {
        let mut failures = self.lock();
        let Failures { accounts, addresses } = &mut *failures;
        make_room(accounts, now);
        make_room(addresses, now);
        let (name, address) = (name_key(name), address_key(address));
        let recent = |attempts: Option<&Attempts>| {
            attempts.filter(|attempts| now - attempts.last < FORGOTTEN_AFTER).copied().unwrap_or_default()
        };
        let mut from = recent(addresses.get(&address));
        let mut to = recent(accounts.get(&name));
        let is_quiet = from.failures < FREE_FAILURES;
        let from_wait = from.take_turn(now);
        let to_wait = to.remaining_delay(now).min(if is_quiet { LONGEST_DELAY_IF_QUIET } else { LONGEST_DELAY });
        let wait = from_wait.max(to_wait);
        if wait > LONGEST_WAIT {
            return Err(u32::try_from((wait + 999) / 1000).unwrap_or(1));
        }
        for attempts in [&mut from, &mut to] {
            attempts.failures = attempts.failures.saturating_add(1);
            attempts.last = now;
        }
        addresses.insert(address, from);
        accounts.insert(name, to);
        Ok(Admitted { wait: Duration::from_millis(u64::try_from(wait).unwrap_or_default()), is_quiet })
    }

    /// Call after success: resets the account, and subtracts one failure from the address.
    pub fn forgive(&self, address: IpAddr, name: &str) {
        let mut failures = self.lock();
        failures.accounts.remove(&name_key(name));
        if let Some(from) = failures.addresses.get_mut(&address_key(address)) {
            from.failures = from.failures.saturating_sub(1);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Failures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempts {
    /// The delay between two attempts after this many failures. Milliseconds.
    fn delay(&self) -> i64 {
        match self.failures.checked_sub(FREE_FAILURES) {
            None => 0,
            Some(doublings) => (FIRST_DELAY << doublings.min(16)).min(LONGEST_DELAY),
        }
    }

    /// What remains of the delay after the last attempt. Milliseconds.
    fn remaining_delay(&self, now: i64) -> i64 {
        (self.last + self.delay() - now).clamp(0, LONGEST_DELAY)
    }

    /// Reserves the next turn and returns how long to wait for it. Milliseconds.
    fn take_turn(&mut self, now: i64) -> i64 {
        let delay = self.delay();
        if delay == 0 {
            return 0;
        }
        let turn = self.next.max(self.last + delay).max(now);
        self.next = turn + delay;
        turn - now
    }
}

/// Spellings of one account share a counter: letter case and surrounding white space are ignored.
fn name_key(name: &str) -> String {
    name.trim().chars().take(NAME_CHARS).flat_map(char::to_lowercase).collect()
}

/// An IPv6 site may own a whole /48 (RFC 6177), so that counts as one address.
fn address_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !(u128::MAX >> 48)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn make_room<K: Hash + Eq + Clone>(remembered: &mut HashMap<K, Attempts>, now: i64) {
    if remembered.len() < MOST_REMEMBERED {
        return;
    }
    remembered.retain(|_, attempts| now - attempts.last < FORGOTTEN_AFTER);
    if remembered.len() >= MOST_REMEMBERED
        && let Some(oldest) = remembered.iter().min_by_key(|(_, attempts)| attempts.last).map(|(key, _)| key.clone())
    {
        remembered.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTACKER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OWNER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn wait(throttle: &Throttle, address: IpAddr, name: &str, now: i64) -> Result<i64, u32> {
        throttle.admit(address, name, now).map(|admitted| i64::try_from(admitted.wait.as_millis()).unwrap())
    }

    #[test]
    fn the_first_failures_are_free_and_later_ones_back_off_exponentially() {
        let throttle = Throttle::default();
        let waits: Vec<_> = (0..9).map(|second| wait(&throttle, OWNER, "anna", second * 10_000).unwrap()).collect();
        assert_eq!(waits, [0; 9], "waiting between attempts replaces the delay");
        let throttle = Throttle::default();
        let waits: Vec<_> = (0..10).map(|_| wait(&throttle, OWNER, "anna", 0)).collect();
        assert_eq!(waits[..5], [Ok(0); 5]);
        assert_eq!(waits[5..9], [Ok(250), Ok(500), Ok(1_000), Ok(2_000)]);
    }

    #[test]
    fn w9_after_a_thousand_failures_a_quiet_address_waits_at_most_two_seconds() {
        let throttle = Throttle::default();
        for _ in 0..1_000 {
            let _ = throttle.admit(ATTACKER, "anna", 0);
        }
        let admitted = throttle.admit(OWNER, "anna", 0).unwrap();
        assert_eq!(admitted, Admitted { wait: Duration::from_secs(2), is_quiet: true });
        assert!(throttle.admit(ATTACKER, "anna", 0).is_err());
        throttle.forgive(OWNER, "anna");
        assert_eq!(wait(&throttle, OWNER, "anna", 0), Ok(0));
        assert!(throttle.admit(ATTACKER, "anna", 0).is_err(), "the address keeps its failures");
    }

    #[test]
    fn w9_an_owner_who_mistypes_during_an_attack_can_still_log_in() {
        let throttle = Throttle::default();
        for second in 0..60 {
            for _ in 0..25 {
                let _ = throttle.admit(ATTACKER, "anna", second * 1_000);
            }
        }
        let waits: Vec<_> = (0..8).map(|attempt| wait(&throttle, OWNER, "anna", 60_000 + attempt * 10_000)).collect();
        assert!(waits.iter().all(|wait| wait.is_ok_and(|wait| wait <= 5_000)), "{waits:?}");
    }

    #[test]
    fn w9_spellings_of_a_user_name_and_addresses_of_one_network_share_a_counter() {
        assert_eq!(name_key(" Anna "), name_key("anna"));
        assert_eq!(address_key("2001:db8::1".parse().unwrap()), address_key("2001:db8:0:ffff::1:2".parse().unwrap()));
        assert_eq!(address_key("::ffff:192.0.2.1".parse().unwrap()), ATTACKER);
    }

    #[test]
    fn the_throttle_tracks_a_bounded_number_of_names_and_addresses() {
        let throttle = Throttle::default();
        for index in 0..10_000u32 {
            let _ = throttle.admit(IpAddr::from(index.to_be_bytes()), &index.to_string(), i64::from(index));
        }
        let failures = throttle.lock();
        assert!(failures.accounts.len() <= MOST_REMEMBERED && failures.addresses.len() <= MOST_REMEMBERED);
    }
}
