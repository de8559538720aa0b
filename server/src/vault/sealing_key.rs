//! One key, and what is sealed with it.

use super::{Key, SecretContext, VaultError};
use crate::entropy::Entropy;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::Secret;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const VERSION: &str = "v1";
const NONCE_BYTES: usize = 24;
const KEY_CHECK_TEXT: &str = "This key opens this vault.";

/// Seals and opens secrets with one key.
pub struct SealingKey {
    cipher: XChaCha20Poly1305,
    id: String,
    hash_key: Zeroizing<[u8; 32]>,
}

/// What every secret begins with that is sealed with the key with this id.
pub fn prefix(key_id: &str) -> String {
    format!("{VERSION}:{key_id}:")
}

/// The id of the key that a secret was sealed with. `None` if it is not in the format of this vault.
pub fn key_id_of(sealed: &str) -> Option<&str> {
    parse(sealed).map(|(key_id, _)| key_id)
}

/// The id of the key, and the nonce with the ciphertext, in hexadecimal digits.
fn parse(sealed: &str) -> Option<(&str, &str)> {
    let (version, rest) = sealed.split_once(':')?;
    let (key_id, body) = rest.split_once(':')?;
    (version == VERSION && !body.contains(':')).then_some((key_id, body))
}

impl SealingKey {
    pub fn new(key: &Key) -> Self {
        let hash_key = Sha256::new().chain_update("portolan hash key").chain_update(key.as_bytes()).finalize();
        Self {
            cipher: XChaCha20Poly1305::new(key.as_bytes().into()),
            id: key.id(),
            hash_key: Zeroizing::new(hash_key.into()),
        }
    }

    /// A hash that identifies the key without revealing anything about it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A hash of texts that nobody without the key can compute.
    pub fn keyed_hash(&self, parts: &[&str]) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(*self.hash_key);
        for part in parts {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    /// Seals a secret for its context: `v1:key id:nonce and ciphertext`.
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
        Ok(format!("{}{}{}", prefix(&self.id), const_hex::encode(nonce), const_hex::encode(sealed)))
    }

    /// Opens a secret that was sealed with this key for this context.
    pub fn open(&self, context: SecretContext<'_>, sealed: &str) -> Result<Secret, VaultError> {
        let (key_id, body) = parse(sealed).ok_or(VaultError::Form)?;
        if key_id != self.id {
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
    pub fn key_check_value(&self, entropy: &dyn Entropy) -> Result<String, VaultError> {
        self.seal(entropy, SecretContext::KEY_CHECK, &Secret::new(KEY_CHECK_TEXT))
    }

    /// Whether this is the key with this id, which has made this key check value.
    pub fn is_key(&self, id: &str, key_check: &str) -> bool {
        self.id == id
            && self.open(SecretContext::KEY_CHECK, key_check).is_ok_and(|secret| secret.expose() == KEY_CHECK_TEXT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;
    use proptest::prelude::*;

    const CONTEXT: SecretContext<'_> =
        SecretContext { workspace: "w", registry: "r", field: "password", origin: "https://a.example:443" };

    fn key(first: u8) -> SealingKey {
        SealingKey::new(&Key::from_bytes([first; 32]))
    }

    proptest! {
        #[test]
        fn a_sealed_secret_opens_in_its_own_context(text in "(?s).{0,300}") {
            let sealed = key(1).seal(&SystemEntropy, CONTEXT, &Secret::new(text.clone())).unwrap();
            let opened = key(1).open(CONTEXT, &sealed).unwrap();
            prop_assert_eq!(opened.expose(), text);
        }
    }

    #[test]
    fn s2_a_sealed_secret_does_not_open_in_another_context() {
        let sealed = key(1).seal(&SystemEntropy, CONTEXT, &Secret::new("canary")).unwrap();
        for context in [
            SecretContext { workspace: "x", ..CONTEXT },
            SecretContext { registry: "x", ..CONTEXT },
            SecretContext { field: "token", ..CONTEXT },
            SecretContext { origin: "http://a.example:80", ..CONTEXT },
            SecretContext { workspace: "wr", registry: "", ..CONTEXT },
        ] {
            assert_eq!(key(1).open(context, &sealed), Err(VaultError::Broken), "{context:?}");
        }
    }

    #[test]
    fn s1_a_flipped_bit_anywhere_in_a_sealed_secret_is_detected() {
        let sealed = key(1).seal(&SystemEntropy, CONTEXT, &Secret::new("canary")).unwrap();
        for index in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[index] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(key(1).open(CONTEXT, &changed).is_err(), "byte {index}");
        }
    }

    #[test]
    fn s1_a_key_rejects_plain_text_and_secrets_of_other_keys() {
        let sealed = key(1).seal(&SystemEntropy, CONTEXT, &Secret::new("canary")).unwrap();
        assert_eq!(key(2).open(CONTEXT, &sealed), Err(VaultError::Key));
        for text in ["canary", "", "v1", "v1::", "v2:00:00", "{}", "v1:x:y:z"] {
            assert!(key(1).open(CONTEXT, text).is_err(), "{text}");
        }
        assert_ne!(sealed, key(1).seal(&SystemEntropy, CONTEXT, &Secret::new("canary")).unwrap());
        assert!(!sealed.contains("canary"));
    }

    #[test]
    fn s4_the_key_check_value_matches_only_its_own_key() {
        let value = key(1).key_check_value(&SystemEntropy).unwrap();
        assert!(key(1).is_key(key(1).id(), &value));
        assert!(!key(2).is_key(key(2).id(), &value));
        assert!(!key(1).is_key(key(2).id(), &value));
    }
}
