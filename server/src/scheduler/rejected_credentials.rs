//! Passwords that a host has rejected. A machine that tries them again and again locks accounts.

use crate::entropy::Entropy;
use crate::probe::Target;
use domain::{Access, Finding};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// One username and password at one host, as a keyed hash that is useless outside of this process.
pub type Account = [u8; 32];

/// What is known of accounts, for as long as the process lives. What must outlive it is stored with each registry.
pub struct RejectedCredentials {
    key: [u8; 32],
    accounts: Mutex<HashSet<Account>>,
    /// Those that are being tried right now.
    scouts: Mutex<HashMap<Account, Arc<tokio::sync::Mutex<()>>>>,
}

impl RejectedCredentials {
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut key = [0; 32];
        entropy.fill(&mut key);
        Self { key, accounts: Mutex::default(), scouts: Mutex::default() }
    }

    /// The account that a check would log in with; none without credentials.
    pub fn account(&self, target: &Target) -> Option<Account> {
        let credentials = target.credentials.as_ref()?;
        let mut hash = Sha256::new_with_prefix(self.key);
        for part in [&target.settings.url.origin(), &credentials.username, credentials.password.expose()] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        Some(hash.finalize().into())
    }

    pub fn contains(&self, account: &Account) -> bool {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).contains(account)
    }

    /// Remembers what a check has found. Gives whether an account that was rejected is accepted now.
    pub fn note(&self, account: Account, finding: &Finding) -> bool {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        match finding {
            Finding::CredentialsRejected => {
                accounts.insert(account);
                false
            }
            Finding::Connected(Access::Accepted, _) => accounts.remove(&account),
            _ => false,
        }
    }

    /// A lock for the check that tries an account first. Others wait for what it finds, then go on together.
    pub fn scout(&self, account: Account) -> Arc<tokio::sync::Mutex<()>> {
        let mut scouts = self.scouts.lock().unwrap_or_else(PoisonError::into_inner);
        scouts.retain(|_, scout| Arc::strong_count(scout) > 1);
        scouts.entry(account).or_default().clone()
    }
}
