//! Password hashes. Verifying takes as long for an unknown user name as for a known one, and compares in constant time.

use argon2::password_hash::{self, PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::Secret;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinError;

/// The most hashes that may be waiting or running.
const QUEUE: usize = 64;

/// How many of those may belong to attempts from addresses with recent failures.
const QUEUE_IF_NOISY: usize = 16;

/// How long to wait in the queue, which is first come, first served.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(10);

/// Hashes and verifies passwords, a few at a time, because each takes 19 MiB of memory.
pub struct Hashing {
    queue: Arc<Semaphore>,
    noisy: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    most_running: usize,
    /// How many have been computed.
    computed: Arc<AtomicU64>,
}

/// How many hashes wait, and how many are being computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashesInProgress {
    pub waiting: usize,
    pub running: usize,
}

/// Why a password was not hashed or verified.
#[derive(Debug, Error)]
pub enum HashingError {
    /// The queue is full. Try again later.
    #[error("too many passwords are waiting to be hashed")]
    QueueFull,
    /// The stored hash is malformed, or the hash could not be computed.
    #[error(transparent)]
    Hash(#[from] password_hash::Error),
    /// The blocking task panicked or was cancelled.
    #[error(transparent)]
    Task(#[from] JoinError),
}

type Result<T, E = HashingError> = std::result::Result<T, E>;

/// Which part of the queue an attempt may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// The whole queue.
    Normal,
    /// Only the part for addresses with recent failures.
    Low,
}

impl Hashing {
    /// Runs as many hashes at once as there are cores.
    pub fn new() -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        let most_running = available_parallelism().map_or(1, usize::from);
        Self {
            queue: semaphore(QUEUE),
            noisy: semaphore(QUEUE_IF_NOISY),
            turns: semaphore(most_running),
            most_running,
            computed: Arc::default(),
        }
    }

    /// What the queue holds now.
    pub fn in_progress(&self) -> HashesInProgress {
        let running = self.most_running - self.turns.available_permits();
        let waiting = (QUEUE - self.queue.available_permits()).saturating_sub(running);
        HashesInProgress { waiting, running }
    }

    /// How many hashes have been computed since the start, to set a password or to verify one.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// Hashes a password. Returns a PHC string.
    pub async fn hash(&self, password: &Secret) -> Result<String> {
        let password = password.clone();
        self.in_turn(Priority::Normal, move || Ok(argon2().hash_password(password.expose().as_bytes())?.to_string()))
            .await
    }

    /// Whether the password matches the hash. Without a hash, takes as long and returns false, so that the time of an
    /// answer does not reveal which user names exist (user enumeration, OWASP ASVS 6.3.8).
    pub async fn verify(&self, password: &Secret, hash: Option<String>, priority: Priority) -> Result<bool> {
        let exists = hash.is_some();
        let hash = hash.unwrap_or_else(dummy);
        let password = password.clone();
        let same = self.in_turn(priority, move || {
            let hash = PasswordHash::new(&hash).map_err(password_hash::Error::from)?;
            Ok(argon2().verify_password(password.expose().as_bytes(), &hash).is_ok())
        });
        Ok(same.await? && exists)
    }

    /// Runs `work` on a blocking thread. It continues if the client hangs up, so the permits move into it: they are
    /// released together with its memory.
    async fn in_turn<T: Send + 'static>(
        &self,
        priority: Priority,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let noisy = match priority {
            Priority::Low => Some(take_place(&self.noisy).await?),
            Priority::Normal => None,
        };
        let queued = take_place(&self.queue).await?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| HashingError::QueueFull)?;
        let permits = (noisy, queued, turn);
        let computed = self.computed.clone();
        let work = move || {
            let _permits = permits;
            computed.fetch_add(1, Ordering::Relaxed);
            work()
        };
        tokio::task::spawn_blocking(work).await?
    }
}

async fn take_place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
    let place = tokio::time::timeout(QUEUE_TIMEOUT, places.clone().acquire_owned()).await;
    place.ok().and_then(Result::ok).ok_or(HashingError::QueueFull)
}

/// Whether a hash was made with outdated parameters. It is renewed at the next log-in.
pub fn is_outdated(hash: &str) -> bool {
    let in_use = argon2();
    let as_in_use = |hash: PasswordHash| {
        Some(hash.algorithm.as_str()) == Some("argon2id")
            && hash.version == Some(Version::V0x13.into())
            && Params::try_from(&hash).is_ok_and(|params| {
                (params.m_cost(), params.t_cost(), params.p_cost())
                    == (in_use.params().m_cost(), in_use.params().t_cost(), in_use.params().p_cost())
            })
    };
    !PasswordHash::new(hash).is_ok_and(as_in_use)
}

/// A hash of no password, as expensive to verify as any.
fn dummy() -> String {
    let argon2 = argon2();
    let params = argon2.params();
    let (salt, hash) = ("A".repeat(22), "A".repeat(43));
    format!("$argon2id$v=19$m={},t={},p={}${salt}${hash}", params.m_cost(), params.t_cost(), params.p_cost())
}

/// Argon2id with 19,456 KiB, two passes and one lane: one of the equivalent configurations of the OWASP Password
/// Storage Cheat Sheet.
fn argon2() -> Argon2<'static> {
    #[expect(clippy::expect_used, reason = "constants within the bounds of RFC 9106 3.1")]
    let params = Params::new(19_456, 2, 1, None).expect("valid parameters");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[tokio::test]
    async fn a_hash_verifies_only_its_own_password() {
        let hashing = Hashing::new();
        let hash = hashing.hash(&Secret::new("correct horse battery")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let verify =
            async |password, hash| hashing.verify(&Secret::new(password), hash, Priority::Normal).await.unwrap();
        assert!(verify("correct horse battery", Some(hash.clone())).await);
        assert!(!verify("correct horse", Some(hash)).await);
        assert!(!verify("correct horse battery", None).await);
    }

    #[tokio::test]
    async fn w8_verifying_without_a_hash_does_the_same_work() {
        let hashing = Hashing::new();
        assert!(!is_outdated(&dummy()), "the same parameters");
        let parsed = dummy();
        let parsed = PasswordHash::new(&parsed).unwrap();
        assert_eq!((parsed.salt.unwrap().len(), parsed.hash.unwrap().len()), (16, 32));
        for count in 1..=2 {
            hashing.verify(&Secret::new("correct horse battery"), None, Priority::Normal).await.unwrap();
            assert_eq!(hashing.computed(), count);
        }
    }

    #[tokio::test]
    async fn s10_cancelled_requests_do_not_let_more_hashes_run_than_there_are_cores() {
        static RUNNING: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        let hashing = Arc::new(Hashing::new());
        for _ in 0..40 {
            let hashing = hashing.clone();
            let request = tokio::spawn(async move {
                let work = || {
                    MOST.fetch_max(RUNNING.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(20));
                    RUNNING.fetch_sub(1, Ordering::SeqCst);
                    Ok(())
                };
                hashing.in_turn(Priority::Normal, work).await
            });
            tokio::time::sleep(Duration::from_millis(3)).await;
            request.abort();
        }
        let cores = available_parallelism().map_or(1, usize::from);
        let most = MOST.load(Ordering::SeqCst);
        assert!((1..=cores).contains(&most), "{most} at once on {cores} cores");
    }

    #[tokio::test]
    async fn attempts_from_noisy_addresses_leave_room_in_the_hashing_queue() {
        let hashing = Arc::new(Hashing::new());
        let release = Arc::new(Semaphore::new(0));
        let mut held = Vec::new();
        for _ in 0..QUEUE {
            let (hashing, release) = (hashing.clone(), release.clone());
            held.push(tokio::spawn(async move {
                let wait = move || {
                    while release.try_acquire().is_err() {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    Ok(())
                };
                hashing.in_turn(Priority::Low, wait).await
            }));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(hashing.queue.available_permits(), QUEUE - QUEUE_IF_NOISY);
        let running = available_parallelism().map_or(1, usize::from).min(QUEUE_IF_NOISY);
        assert_eq!(hashing.in_progress(), HashesInProgress { waiting: QUEUE_IF_NOISY - running, running });
        release.add_permits(QUEUE);
        for task in held {
            let _ = task.await;
        }
    }

    #[test]
    fn s10_a_hash_with_other_parameters_is_outdated() {
        let hash = |cost| {
            let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(cost, 2, 1, None).unwrap());
            weak.hash_password(b"correct horse battery").unwrap().to_string()
        };
        assert!(is_outdated(&hash(8_192)) && !is_outdated(&hash(19_456)));
        assert!(is_outdated("$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g") && is_outdated("nonsense"));
    }
}
