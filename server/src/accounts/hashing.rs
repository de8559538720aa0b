//! Password hashes.

use crate::trouble::Outcome;
use app::Refusal;
use app::domain::Secret;
use argon2::password_hash::{Error, PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::{Arc, OnceLock};
use std::thread::available_parallelism;
use tokio::sync::Semaphore;

/// How many may wait for a turn; whoever comes after is asked to try again.
const QUEUE: usize = 64;

/// Hashes and verifies passwords, a few at a time: each takes 19 MiB for as long as it runs.
pub struct Hashing {
    queue: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    /// The hash of no one's password, for whoever tries a name that does not exist.
    dummy: OnceLock<String>,
}

impl Hashing {
    /// As many at a time as there are cores.
    pub fn new() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self { queue: Arc::new(Semaphore::new(QUEUE)), turns: Arc::new(Semaphore::new(cores)), dummy: OnceLock::new() }
    }

    /// The PHC string of a password.
    pub async fn hash(&self, password: &Secret) -> Outcome<String> {
        let password = password.clone();
        self.in_turn(move || Ok(argon2().hash_password(password.expose().as_bytes())?.to_string())).await
    }

    /// Whether this is the password. Without a hash to compare with it takes as long, and it is not.
    pub async fn verify(&self, password: &Secret, hash: Option<String>) -> Outcome<bool> {
        let exists = hash.is_some();
        let hash = match hash {
            Some(hash) => hash,
            None => self.dummy().await?,
        };
        let password = password.clone();
        let same = self.in_turn(move || {
            let hash = PasswordHash::new(&hash).map_err(Error::from)?;
            Ok(argon2().verify_password(password.expose().as_bytes(), &hash).is_ok())
        });
        Ok(same.await? && exists)
    }

    async fn dummy(&self) -> Outcome<String> {
        if let Some(hash) = self.dummy.get() {
            return Ok(hash.clone());
        }
        let hash = self.hash(&Secret::new("no one's password")).await?;
        Ok(self.dummy.get_or_init(|| hash).clone())
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> Outcome<T> + Send + 'static) -> Outcome<T> {
        let _place = self.queue.try_acquire().map_err(|_| Refusal::Unavailable)?;
        let _turn = self.turns.acquire().await.map_err(|_| Refusal::Unavailable)?;
        tokio::task::spawn_blocking(work).await?
    }
}

/// Argon2id with 19,456 KiB, two passes, one lane: the second of the equal sets of OWASP's password storage
/// cheat sheet.
fn argon2() -> Argon2<'static> {
    #[expect(clippy::expect_used, reason = "constants within the bounds of RFC 9106 3.1")]
    let params = Params::new(19_456, 2, 1, None).expect("sound parameters");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_knows_its_password_and_no_other() {
        let hashing = Hashing::new();
        let hash = hashing.hash(&Secret::new("correct horse battery")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hashing.verify(&Secret::new("correct horse battery"), Some(hash.clone())).await.unwrap());
        assert!(!hashing.verify(&Secret::new("correct horse"), Some(hash)).await.unwrap());
        assert!(!hashing.verify(&Secret::new("no one's password"), None).await.unwrap());
    }
}
