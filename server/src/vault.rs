//! Encrypts stored secrets.
//!
//! A secret is sealed with XChaCha20-Poly1305 (a 192-bit nonce, so random nonces need no counter). The associated data
//! binds it to its context: moved to another row, field or origin, it cannot be opened.
//!
//! While keys are being rotated, two keys open secrets. Which of them seals is for the database to say, within the
//! transaction that stores the secret: see `storage::vault_key`.

mod key;
mod key_command;
mod key_file;
mod key_source;
mod sealing_key;

pub use key::{Key, KeyError};
pub use key_file::{create as create_key_file, replace as replace_key_file};
pub use key_source::KeySource;
pub use sealing_key::{SealingKey, key_id_of, prefix};

use crate::entropy::Entropy;
use domain::Secret;
use std::sync::Arc;
use thiserror::Error;
use tokio::sync::watch;

/// The keys of a [`Vault`], which may change while it is in use.
pub type Keys = Vec<Arc<SealingKey>>;

/// Seals and opens secrets, with one key or, during a rotation, two.
pub struct Vault {
    keys: watch::Sender<Keys>,
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

/// Why a secret cannot be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum VaultError {
    /// It is not in the format of this vault. Plain text is never treated as a secret.
    #[error("the stored secret is not of a form that this version writes")]
    Form,
    #[error("this server does not have the key that the stored secrets are sealed with")]
    Key,
    /// It was modified, or it was sealed for another context.
    #[error("the stored secret was changed or moved")]
    Broken,
}

impl Vault {
    pub fn new(keys: &[Key]) -> Self {
        Self { keys: watch::Sender::new(keys.iter().map(SealingKey::new).map(Arc::new).collect()) }
    }

    /// The keys, and those that are added later.
    pub fn watch_keys(&self) -> watch::Receiver<Keys> {
        self.keys.subscribe()
    }

    pub fn key_ids(&self) -> Vec<String> {
        self.keys().iter().map(|key| key.id().to_owned()).collect()
    }

    /// Adds a key, unless it is there already.
    pub fn add(&self, key: &Key) {
        if !self.key_ids().contains(&key.id()) {
            self.keys.send_modify(|keys| keys.push(Arc::new(SealingKey::new(key))));
        }
    }

    /// Forgets a key that nothing is sealed with any more.
    pub fn forget(&self, key_id: &str) {
        self.keys.send_if_modified(|keys| {
            let before = keys.len();
            keys.retain(|key| key.id() != key_id);
            keys.len() < before
        });
    }

    /// Hashes of texts that only servers with the same keys can compute, so they are of no use for guessing them. One
    /// with each key: servers that are about to change their key still have one hash in common.
    pub fn keyed_hashes(&self, parts: &[&str]) -> Vec<[u8; 32]> {
        self.keys().iter().map(|key| key.keyed_hash(parts)).collect()
    }

    /// Seals a secret for its context, with the key with this id.
    ///
    /// # Errors
    /// [`VaultError::Key`] without that key; [`VaultError::Broken`] if the cipher fails, which it does only beyond 256
    /// GiB.
    pub fn seal(
        &self,
        key_id: &str,
        entropy: &dyn Entropy,
        context: SecretContext<'_>,
        secret: &Secret,
    ) -> Result<String, VaultError> {
        find(&self.keys(), key_id)?.seal(entropy, context, secret)
    }

    /// Opens a secret that was sealed for this context, with any of the keys.
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn open(&self, context: SecretContext<'_>, sealed: &str) -> Result<Secret, VaultError> {
        let key_id = key_id_of(sealed).ok_or(VaultError::Form)?;
        find(&self.keys(), key_id)?.open(context, sealed)
    }

    /// Whether there is the key with this id, which has made this key check value.
    pub fn has_key(&self, id: &str, key_check: &str) -> bool {
        self.keys().iter().any(|key| key.is_key(id, key_check))
    }

    fn keys(&self) -> Keys {
        self.keys.borrow().clone()
    }
}

fn find<'a>(keys: &'a [Arc<SealingKey>], id: &str) -> Result<&'a SealingKey, VaultError> {
    keys.iter().map(Arc::as_ref).find(|key| key.id() == id).ok_or(VaultError::Key)
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

    const CONTEXT: SecretContext<'_> =
        SecretContext { workspace: "w", registry: "r", field: "password", origin: "https://a.example:443" };

    #[test]
    fn a_vault_opens_what_either_of_its_keys_has_sealed_until_it_forgets_the_key() {
        let [old, new] = [1, 2].map(|first| Key::from_bytes([first; 32]));
        let vault = Vault::new(std::slice::from_ref(&old));
        let seal = |id: &str| vault.seal(id, &SystemEntropy, CONTEXT, &Secret::new("canary"));
        let before = seal(&old.id()).unwrap();
        assert_eq!(seal(&new.id()), Err(VaultError::Key));
        vault.add(&new);
        vault.add(&new);
        assert_eq!(vault.key_ids(), [old.id(), new.id()]);
        let after = seal(&new.id()).unwrap();
        assert_eq!((key_id_of(&before), key_id_of(&after)), (Some(&*old.id()), Some(&*new.id())));
        for sealed in [&before, &after] {
            assert_eq!(vault.open(CONTEXT, sealed).unwrap().expose(), "canary");
        }
        vault.forget(&old.id());
        assert_eq!(vault.open(CONTEXT, &before), Err(VaultError::Key));
        assert!(vault.open(CONTEXT, &after).is_ok());
    }

    #[test]
    fn vaults_that_share_a_key_share_a_hash() {
        let keys = [1, 2, 3].map(|first| Key::from_bytes([first; 32]));
        let hashes = |keys| Vault::new(keys).keyed_hashes(&["robot", "canary"]);
        let (one, other) = (hashes(&keys[..2]), hashes(&keys[1..]));
        assert_eq!(one.len(), 2);
        assert_eq!(one.iter().filter(|hash| other.contains(hash)).count(), 1);
        assert_ne!(one, Vault::new(&keys[..2]).keyed_hashes(&["robotc", "anary"]));
    }
}
