//! Encrypts stored secrets.
//!
//! A secret is sealed with XChaCha20-Poly1305 (a 192-bit nonce, so random nonces need no counter). The associated data
//! binds it to its context: moved to another row, field or origin, it cannot be opened.

mod key_file;

pub use key_file::{Key, KeyError, create, read};

use crate::entropy::Entropy;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::Secret;
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

const VERSION: &str = "v1";
const NONCE_BYTES: usize = 24;
const KEY_CHECK_TEXT: &str = "This key opens this vault.";

/// Seals and opens secrets with one key.
pub struct Vault {
    cipher: XChaCha20Poly1305,
    key_id: String,
    hash_key: Zeroizing<[u8; 32]>,
}

/// What a secret is bound to.
#[derive(Clone, Copy, Debug)]
pub struct SecretContext<'a> {
    pub workspace: &'a str,
    pub registry: &'a str,
    pub field: &'a str,
    /// Scheme, host and port that it may be sent to.
    pub origin: &'a str,
}

impl<'a> SecretContext<'a> {
    /// The password of a registry.
    pub fn password(workspace: &'a str, registry: &'a str, origin: &'a str) -> Self {
        Self { workspace, registry, field: "password", origin }
    }
}

/// Why a sealed value cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum VaultError {
    /// It is not in the format of this vault. Plain text is never treated as a secret.
    #[error("the stored secret is not of a form that this version writes")]
    Form,
    #[error("the stored secret was sealed with another key")]
    Key,
    /// It was modified, or it was sealed for another context.
    #[error("the stored secret was changed or moved")]
    Broken,
}

impl Vault {
    pub fn new(key: &Key) -> Self {
        let digest = Sha256::new().chain_update("portolan key id").chain_update(key.as_bytes()).finalize();
        let hash_key = Sha256::new().chain_update("portolan hash key").chain_update(key.as_bytes()).finalize();
        Self {
            cipher: XChaCha20Poly1305::new(key.as_bytes().into()),
            key_id: const_hex::encode(&digest[..4]),
            hash_key: Zeroizing::new(hash_key.into()),
        }
    }

    /// A hash of texts that only servers with this key can compute, so it is of no use for guessing them.
    pub fn keyed_hash(&self, parts: &[&str]) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(*self.hash_key);
        for part in parts {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    /// A hash that identifies the key without revealing anything about it.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Seals a secret for its context: `v1:key id:nonce and ciphertext`.
    ///
    /// # Errors
    /// [`VaultError::Broken`] if the cipher fails, which it does only beyond 256 GiB.
    pub fn seal(
        &self,
        entropy: &dyn Entropy,
        context: SecretContext<'_>,
        secret: &Secret,
    ) -> Result<String, VaultError> {
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce);
        let associated_data = context.associated_data();
        let payload = Payload { msg: secret.expose().as_bytes(), aad: &associated_data };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| VaultError::Broken)?;
        Ok(format!("{VERSION}:{}:{}{}", self.key_id, const_hex::encode(nonce), const_hex::encode(sealed)))
    }

    /// Opens a secret that was sealed for this context.
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn open(&self, context: SecretContext<'_>, sealed: &str) -> Result<Secret, VaultError> {
        let mut parts = sealed.split(':');
        let (Some(VERSION), Some(key_id), Some(body), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(VaultError::Form);
        };
        if key_id != self.key_id {
            return Err(VaultError::Key);
        }
        let bytes = const_hex::decode(body).map_err(|_| VaultError::Form)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(VaultError::Form)?;
        let associated_data = context.associated_data();
        let payload = Payload { msg: sealed, aad: &associated_data };
        let clear = self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| VaultError::Broken)?;
        let clear = Zeroizing::new(clear);
        std::str::from_utf8(&clear).map(Secret::new).map_err(|_| VaultError::Broken)
    }

    /// A key check value: a known text, sealed. Stored with the data, it identifies the right key at the next start.
    ///
    /// # Errors
    /// The same as [`Vault::seal`].
    pub fn key_check_value(&self, entropy: &dyn Entropy) -> Result<String, VaultError> {
        self.seal(entropy, SecretContext::KEY_CHECK, &Secret::new(KEY_CHECK_TEXT))
    }

    /// Whether this is the key with this id, which has made this key check value.
    pub fn is_key(&self, id: &str, key_check: &str) -> bool {
        self.key_id == id
            && self.open(SecretContext::KEY_CHECK, key_check).is_ok_and(|secret| secret.expose() == KEY_CHECK_TEXT)
    }
}

impl SecretContext<'_> {
    /// The token of the link that creates the first administrator.
    pub const SETUP_LINK: Self = SecretContext { workspace: "", registry: "", field: "setup_link", origin: "" };

    /// The name of the field is part of every stored key check value, so it must not change.
    const KEY_CHECK: Self = SecretContext { workspace: "", registry: "", field: "proof", origin: "" };

    /// Every part is preceded by its length, so that no two contexts have the same encoding.
    fn associated_data(&self) -> Vec<u8> {
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

    const CONTEXT: SecretContext<'_> =
        SecretContext { workspace: "w", registry: "r", field: "password", origin: "https://a.example:443" };

    fn vault(first: u8) -> Vault {
        Vault::new(&Key::from_bytes([first; 32]))
    }

    proptest! {
        #[test]
        fn a_sealed_secret_opens_in_its_own_context(text in "(?s).{0,300}") {
            let sealed = vault(1).seal(&SystemEntropy, CONTEXT, &Secret::new(text.clone())).unwrap();
            let opened = vault(1).open(CONTEXT, &sealed).unwrap();
            prop_assert_eq!(opened.expose(), text);
        }
    }

    #[test]
    fn a_sealed_secret_does_not_open_in_another_context() {
        let sealed = vault(1).seal(&SystemEntropy, CONTEXT, &Secret::new("canary")).unwrap();
        for context in [
            SecretContext { workspace: "x", ..CONTEXT },
            SecretContext { registry: "x", ..CONTEXT },
            SecretContext { field: "token", ..CONTEXT },
            SecretContext { origin: "http://a.example:80", ..CONTEXT },
            SecretContext { workspace: "wr", registry: "", ..CONTEXT },
        ] {
            assert_eq!(vault(1).open(context, &sealed), Err(VaultError::Broken), "{context:?}");
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_in_a_sealed_secret_is_detected() {
        let sealed = vault(1).seal(&SystemEntropy, CONTEXT, &Secret::new("canary")).unwrap();
        for index in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[index] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(vault(1).open(CONTEXT, &changed).is_err(), "byte {index}");
        }
    }

    #[test]
    fn a_vault_rejects_plain_text_and_secrets_of_other_keys() {
        let sealed = vault(1).seal(&SystemEntropy, CONTEXT, &Secret::new("canary")).unwrap();
        assert_eq!(vault(2).open(CONTEXT, &sealed), Err(VaultError::Key));
        for text in ["canary", "", "v1", "v1::", "v2:00:00", "{}", "v1:x:y:z"] {
            assert!(vault(1).open(CONTEXT, text).is_err(), "{text}");
        }
        assert_ne!(sealed, vault(1).seal(&SystemEntropy, CONTEXT, &Secret::new("canary")).unwrap());
        assert!(!sealed.contains("canary"));
    }

    #[test]
    fn the_key_check_value_matches_only_its_own_key() {
        let value = vault(1).key_check_value(&SystemEntropy).unwrap();
        assert!(vault(1).is_key(vault(1).key_id(), &value));
        assert!(!vault(2).is_key(vault(2).key_id(), &value));
        assert!(!vault(1).is_key(vault(2).key_id(), &value));
    }
}
