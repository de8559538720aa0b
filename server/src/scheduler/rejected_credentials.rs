//! Remembers rejected passwords: repeated attempts would lock the account at the registry.

use crate::entropy::Entropy;
use crate::probe::Target;
use domain::{Access, Finding};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// A username and password at one host, as a keyed hash that is useless outside of this process.
pub type Account = [u8; 32];

/// Which accounts were rejected, until the process ends. What must survive a restart is stored with each registry.
pub struct RejectedCredentials {
    key: [u8; 32],
    accounts: Mutex<HashSet<Account>>,
    /// Accounts that a check is trying right now.
    attempts: Mutex<HashMap<Account, Arc<tokio::sync::Mutex<()>>>>,
}

impl RejectedCredentials {
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut key = [0; 32];
        entropy.fill(&mut key);
        Self { key, accounts: Mutex::default(), attempts: Mutex::default() }
    }

    /// The account that a check would use; `None` without credentials.
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

    /// Records the finding of a check. Returns whether a rejected account is accepted again.
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

    /// A lock for the first check of an account. Others wait for its result before they run in parallel.
    pub fn attempt(&self, account: Account) -> Arc<tokio::sync::Mutex<()>> {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.retain(|_, attempt| Arc::strong_count(attempt) > 1);
        attempts.entry(account).or_default().clone()
    }
}
