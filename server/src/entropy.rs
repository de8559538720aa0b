//! Random numbers. Injected, so that a test can control them.

use crate::hex;

/// Gives random bytes that nobody can guess.
pub trait Entropy: Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// If the operating system has no random numbers. No secret can be created then, so nothing should go on.
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(
            clippy::expect_used,
            clippy::disallowed_methods,
            reason = "this is the source; panics are documented"
        )]
        getrandom::fill(bytes).expect("the operating system gives random numbers");
    }
}

/// An id that does not repeat: 128 random bits (OWASP ASVS 7.2.3 asks for as many of a session).
pub fn id(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    hex::encode(bytes)
}

/// A token that cannot be guessed: 256 random bits.
pub fn token(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    hex::encode(bytes)
}
