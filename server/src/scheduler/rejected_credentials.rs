//! Remembers rejected passwords: repeated attempts would lock the account at the registry.

use crate::probe::Target;
use crate::vault::Vault;
use domain::Finding;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A username and password at one host, as a hash that only servers with the same key can compute. One hash for each key
/// of the vault, so that what was remembered or published before a rotation of keys is still understood after it.
pub type Account = Vec<AccountHash>;

pub type AccountHash = [u8; 32];

/// Which accounts were rejected, until the process ends. What must survive a restart is stored with each registry.
#[derive(Default)]
pub struct RejectedCredentials {
    accounts: Mutex<HashMap<AccountHash, Account>>,
    /// Accounts that a check is trying right now.
    attempts: Mutex<HashMap<AccountHash, Arc<tokio::sync::Mutex<()>>>>,
}

/// The account that a check would use; `None` without credentials.
pub fn account(vault: &Vault, target: &Target) -> Option<Account> {
    let credentials = target.credentials.as_ref()?;
    let origin = target.settings.url.origin();
    Some(vault.keyed_hashes(&[&origin, &credentials.username, credentials.password.expose()]))
}

impl RejectedCredentials {
    pub fn contains(&self, account: &Account) -> bool {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        account.iter().any(|hash| accounts.contains_key(hash))
    }

    /// Records that an account was rejected, if that is the finding of its check.
    pub fn note(&self, account: &Account, finding: &Finding) {
        if *finding == Finding::CredentialsRejected {
            let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
            accounts.extend(account.iter().map(|hash| (*hash, account.clone())));
        }
    }

    /// The account with this hash is accepted again, as some server has found.
    pub fn forget(&self, hash: &AccountHash) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        for hash in accounts.remove(hash).unwrap_or_default() {
            accounts.remove(&hash);
        }
    }

    /// It may have been missed that accounts are accepted again.
    pub fn forget_all(&self) {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// A lock for the first check of an account. Others wait for its result before they run in parallel.
    pub fn attempt(&self, account: &Account) -> Arc<tokio::sync::Mutex<()>> {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.retain(|_, attempt| Arc::strong_count(attempt) > 1);
        attempts.entry(account.first().copied().unwrap_or_default()).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_agree_on_a_rejected_account_while_only_one_of_them_has_the_new_key() {
        let [old, new, other] = [[1; 32], [2; 32], [3; 32]];
        let rejected = RejectedCredentials::default();
        rejected.note(&vec![old, new], &Finding::CredentialsRejected);
        for account in [vec![old], vec![old, new], vec![new], vec![new, other]] {
            assert!(rejected.contains(&account), "{account:?}");
        }
        assert!(!rejected.contains(&vec![other]));
        // From the server with the old key only.
        rejected.forget(&old);
        assert!(!rejected.contains(&vec![old, new]));
    }
}
