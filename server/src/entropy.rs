//! Random numbers. A trait, so that tests can control them.

use sha2::{Digest, Sha256};

/// A cryptographically secure random number generator.
pub trait Entropy: Send + Sync {
    /// Fills the buffer with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The generator of the operating system.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// If the operating system provides no random numbers. No secret could be created, so nothing should continue.
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(
            clippy::expect_used,
            clippy::disallowed_methods,
            reason = "this is the source; panics are documented"
        )]
        getrandom::fill(bytes).expect("the operating system provides random numbers");
    }
}

/// A unique id: 128 random bits, the minimum for session ids in OWASP ASVS 7.2.3.
pub fn id(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    const_hex::encode(bytes)
}

/// A token that cannot be guessed: 256 random bits.
pub fn token(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    const_hex::encode(bytes)
}

/// What is stored of a token, so that whoever reads the database cannot use it: its SHA-256.
pub fn token_hash(token: &str) -> String {
    const_hex::encode(Sha256::digest(token))
}
