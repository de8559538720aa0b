//! Remembers rejected passwords: repeated attempts would lock the account at the registry.

use crate::probe::Target;
use crate::vault::Vault;
use domain::Finding;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// A username and password at one host, as a hash that only servers with the same key can compute.
pub type Account = [u8; 32];

/// Which accounts were rejected, until the process ends. What must survive a restart is stored with each registry.
#[derive(Default)]
pub struct RejectedCredentials {
    accounts: Mutex<HashSet<Account>>,
    /// Accounts that a check is trying right now.
    attempts: Mutex<HashMap<Account, Arc<tokio::sync::Mutex<()>>>>,
}

/// The account that a check would use; `None` without credentials.
pub fn account(vault: &Vault, target: &Target) -> Option<Account> {
    let credentials = target.credentials.as_ref()?;
    let origin = target.settings.url.origin();
    Some(vault.keyed_hash(&[&origin, &credentials.username, credentials.password.expose()]))
}

impl RejectedCredentials {
    pub fn contains(&self, account: &Account) -> bool {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).contains(account)
    }

    /// Records that an account was rejected, if that is the finding of its check.
    pub fn note(&self, account: Account, finding: &Finding) {
        if *finding == Finding::CredentialsRejected {
            self.accounts.lock().unwrap_or_else(PoisonError::into_inner).insert(account);
        }
    }

    /// The account is accepted again, as some server has found.
    pub fn forget(&self, account: &Account) {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
    }

    /// It may have been missed that accounts are accepted again.
    pub fn forget_all(&self) {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// A lock for the first check of an account. Others wait for its result before they run in parallel.
    pub fn attempt(&self, account: Account) -> Arc<tokio::sync::Mutex<()>> {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.retain(|_, attempt| Arc::strong_count(attempt) > 1);
        attempts.entry(account).or_default().clone()
    }
}
