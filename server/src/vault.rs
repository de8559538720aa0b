//! Secrets at rest.
//!
//! A secret is sealed with XChaCha20-Poly1305 (a 192-bit nonce, so random nonces need no counter). Associated
//! data binds it to its place: moved to another row, another field or another origin, it does not open.

mod key_file;

pub use key_file::{Key, KeyError, create, read};

use crate::entropy::Entropy;
use crate::hex;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::Secret;
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

const VERSION: &str = "v1";
const NONCE_BYTES: usize = 24;
const PROOF: &str = "This key opens this vault.";

/// Seals and opens secrets with one key.
pub struct Vault {
    cipher: XChaCha20Poly1305,
    key_id: String,
}

/// Where a secret belongs.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The id of the workspace.
    pub workspace: &'a str,
    /// The id of the image registry.
    pub registry: &'a str,
    /// The name of the field.
    pub field: &'a str,
    /// Scheme, host and port that it may be sent to.
    pub origin: &'a str,
}

/// Why a sealed value does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum VaultError {
    /// It is not of a form that this vault writes. Plain text is never taken for a secret.
    #[error("the stored secret is not of a form that this version writes")]
    Form,
    /// It was sealed with another key.
    #[error("the stored secret was sealed with another key")]
    Key,
    /// It was changed, or moved to another place than it was sealed for.
    #[error("the stored secret was changed or moved")]
    Broken,
}

impl Vault {
    /// A vault with this key.
    pub fn new(key: &Key) -> Self {
        let digest = Sha256::new().chain_update("portolan key id").chain_update(key.as_bytes()).finalize();
        Self { cipher: XChaCha20Poly1305::new(key.as_bytes().into()), key_id: hex::encode(&digest[..4]) }
    }

    /// The key's id: a hash that tells keys apart and says nothing about them.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Seals a secret for its place: `v1:key id:nonce and ciphertext`.
    ///
    /// # Errors
    /// [`VaultError::Broken`] if the cipher refuses, which it does only beyond 256 GiB.
    pub fn seal(&self, entropy: &dyn Entropy, place: Place<'_>, secret: &Secret) -> Result<String, VaultError> {
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce);
        let bound = place.bound_to();
        let payload = Payload { msg: secret.expose().as_bytes(), aad: &bound };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| VaultError::Broken)?;
        Ok(format!("{VERSION}:{}:{}{}", self.key_id, hex::encode(nonce), hex::encode(sealed)))
    }

    /// Opens a sealed secret in its place.
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn open(&self, place: Place<'_>, sealed: &str) -> Result<Secret, VaultError> {
        let mut parts = sealed.split(':');
        let (Some(VERSION), Some(key_id), Some(body), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(VaultError::Form);
        };
        if key_id != self.key_id {
            return Err(VaultError::Key);
        }
        let bytes = hex::decode(body).ok_or(VaultError::Form)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(VaultError::Form)?;
        let bound = place.bound_to();
        let payload = Payload { msg: sealed, aad: &bound };
        let clear = self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| VaultError::Broken)?;
        let clear = Zeroizing::new(clear);
        std::str::from_utf8(&clear).map(Secret::new).map_err(|_| VaultError::Broken)
    }

    /// A value that only this key can have made: kept beside the data, it tells the right key from a wrong one.
    ///
    /// # Errors
    /// As [`Vault::seal`].
    pub fn prove(&self, entropy: &dyn Entropy) -> Result<String, VaultError> {
        self.seal(entropy, Place::PROOF, &Secret::new(PROOF))
    }

    /// Whether the value was made with this key.
    pub fn matches_key_check(&self, proof: &str) -> bool {
        self.open(Place::PROOF, proof).is_ok_and(|secret| secret.expose() == PROOF)
    }
}

impl Place<'_> {
    const PROOF: Self = Place { workspace: "", registry: "", field: "proof", origin: "" };

    /// Each part with its length before it, so that no two places read the same.
    fn bound_to(&self) -> Vec<u8> {
        let mut bytes = b"portolan secret v1".to_vec();
        for part in [self.workspace, self.registry, self.field, self.origin] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;
    use proptest::prelude::*;

    const PLACE: Place<'_> =
        Place { workspace: "w", registry: "r", field: "password", origin: "https://a.example:443" };

    fn vault(first: u8) -> Vault {
        Vault::new(&Key::from_bytes([first; 32]))
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_in_its_place(text in "(?s).{0,300}") {
            let sealed = vault(1).seal(&SystemEntropy, PLACE, &Secret::new(text.clone())).unwrap();
            let opened = vault(1).open(PLACE, &sealed).unwrap();
            prop_assert_eq!(opened.expose(), text);
        }
    }

    #[test]
    fn nowhere_else() {
        let sealed = vault(1).seal(&SystemEntropy, PLACE, &Secret::new("canary")).unwrap();
        for place in [
            Place { workspace: "x", ..PLACE },
            Place { registry: "x", ..PLACE },
            Place { field: "token", ..PLACE },
            Place { origin: "http://a.example:80", ..PLACE },
            Place { workspace: "wr", registry: "", ..PLACE },
        ] {
            assert_eq!(vault(1).open(place, &sealed), Err(VaultError::Broken), "{place:?}");
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_noticed() {
        let sealed = vault(1).seal(&SystemEntropy, PLACE, &Secret::new("canary")).unwrap();
        for index in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[index] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(vault(1).open(PLACE, &changed).is_err(), "byte {index}");
        }
    }

    #[test]
    fn plain_text_and_other_keys_are_refused() {
        let sealed = vault(1).seal(&SystemEntropy, PLACE, &Secret::new("canary")).unwrap();
        assert_eq!(vault(2).open(PLACE, &sealed), Err(VaultError::Key));
        for text in ["canary", "", "v1", "v1::", "v2:00:00", "{}", "v1:x:y:z"] {
            assert!(vault(1).open(PLACE, text).is_err(), "{text}");
        }
        assert_ne!(sealed, vault(1).seal(&SystemEntropy, PLACE, &Secret::new("canary")).unwrap());
        assert!(!sealed.contains("canary"));
    }

    #[test]
    fn the_proof_tells_keys_apart() {
        let proof = vault(1).prove(&SystemEntropy).unwrap();
        assert!(vault(1).matches_key_check(&proof));
        assert!(!vault(2).matches_key_check(&proof));
    }
}
