//! The keys that secrets are sealed with: which are in use, replacing one by another, removing one.

mod remove;
mod rotate;
mod status;

pub use remove::{Removed, remove};
pub use rotate::{Rotated, Rotation, rotate};
pub use status::{KeyState, KeyStatus, Status, status};

use super::existing::{NoDatabase, open_existing};
use crate::data_folder::DataFolder;
use crate::storage::{DatabaseAddress, RotationLock, Storage, StorageError, Unavailable};
use crate::vault::{KeyError, KeySource, VaultError};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Where database and keys are, in the same words as for a server.
#[derive(Clone, Debug)]
pub struct KeyPlace {
    pub data: PathBuf,
    /// The database, if it is not the file in the data folder.
    pub database: Option<DatabaseAddress>,
    /// Where the keys come from, if not from the file in the data folder.
    pub key: Option<KeySource>,
}

/// Why a command about keys failed. Whatever was done until then stays, and is never harmful: the command can be run
/// again.
#[derive(Debug, Error)]
pub enum KeyCommandError {
    #[error(transparent)]
    Database(#[from] NoDatabase),
    #[error("The database {0} has no keys yet. Start Portolan on it once.")]
    NoKeys(DatabaseAddress),
    /// A lock that others hold for too long, for instance a backup with pg_dump.
    #[error("The database {0} is busy: {1}. Run the command again; it goes on from here.")]
    Busy(DatabaseAddress, #[source] StorageError),
    #[error("The database {0} cannot be used: {1}. Once it can, run the command again; it goes on from here.")]
    Storage(DatabaseAddress, #[source] StorageError),
    #[error("Another command is changing the keys of {0}. Wait until it has ended.")]
    TwoAtOnce(DatabaseAddress),
    #[error("Cannot use {0}: {1}.")]
    Key(KeySource, #[source] KeyError),
    #[error(
        "The secrets are sealed with key {expected}, but {key} holds {actual}. Name the right one with --key-file, --key-command or PORTOLAN_KEY."
    )]
    OtherKey {
        key: KeySource,
        /// The ids of the keys that it holds.
        actual: String,
        /// The id of the key that it has to hold.
        expected: String,
    },
    #[error(
        "{source} holds only the key that is in use. Let it hold two keys, one a line, that one and a new one (openssl rand -hex 32); restart the servers with it if it is a variable; then run this again.",
        source = capitalized(.0)
    )]
    NoNewKey(KeySource),
    #[error(
        "A rotation to key {id} has begun where this key was made, and {key} does not hold it. Copy the key file from there. To give that rotation up instead: portolan key remove {id}."
    )]
    BegunElsewhere { key: KeySource, id: String },
    #[error(
        "Key {0} was removed earlier. Somebody may still have it, so it is not used again. Make another one: openssl rand -hex 32."
    )]
    WasRemoved(String),
    #[error(
        "The new key cannot be written to {path}: {1}. Add it yourself, as a second line (openssl rand -hex 32); then run this again.",
        path = .0.display()
    )]
    NotWritten(PathBuf, #[source] KeyError),
    /// Nothing was sealed with the new key.
    #[error(
        "{servers} of the running servers cannot read key {id} yet, so nothing is sealed with it. Give every server both keys: copy the key file to each machine (mode 0600), or restart servers that have the key from a variable. A server of an earlier version has to be replaced first. Then run this again."
    )]
    NotEverywhere { servers: u64, id: String },
    #[error("There is no key {0}. portolan key status lists them.")]
    NoSuchKey(String),
    #[error("Key {0} is the one that seals. Rotate to another one first: portolan key rotate.")]
    IsActive(String),
    #[error(
        "{count} {secrets} still sealed with key {id}. Run portolan key rotate first; enter passwords again that it cannot open.",
        secrets = if *.count == 1 { "secret is" } else { "secrets are" }
    )]
    RowsLeft { count: u64, id: String },
    #[error("A secret cannot be sealed or opened: {0}.")]
    Vault(#[from] VaultError),
}

/// The place of keys, opened.
struct Opened {
    address: DatabaseAddress,
    source: KeySource,
    data: PathBuf,
    storage: Storage,
}

impl KeyPlace {
    fn address(&self) -> DatabaseAddress {
        self.database.clone().unwrap_or_else(|| DatabaseAddress::Sqlite(self.data.join(DataFolder::DATABASE)))
    }

    /// Opens the database, beside running servers.
    async fn open(&self) -> Result<Opened, KeyCommandError> {
        let address = self.address();
        let storage = open_existing(&address).await?;
        let source = self.key.clone().unwrap_or_else(|| KeySource::File(DataFolder::key_file_in(&self.data)));
        Ok(Opened { address, source, data: self.data.clone(), storage })
    }
}

impl Opened {
    /// Keeps other commands from changing the keys.
    async fn lock(&self) -> Result<RotationLock, KeyCommandError> {
        let lock = RotationLock::take(&self.address).await;
        let lock = lock.map_err(|error| NoDatabase::Unusable(self.address.clone(), error))?;
        lock.ok_or_else(|| KeyCommandError::TwoAtOnce(self.address.clone()))
    }

    fn broken(&self) -> impl Fn(StorageError) -> KeyCommandError {
        let address = self.address.clone();
        move |error| match error.unavailable() {
            Some(Unavailable::Busy) => KeyCommandError::Busy(address.clone(), error),
            _ => KeyCommandError::Storage(address.clone(), error),
        }
    }
}

fn file(source: &KeySource) -> Option<&Path> {
    match source {
        KeySource::File(path) => Some(path),
        KeySource::Variable(_) | KeySource::Command(_) => None,
    }
}

fn capitalized(source: &KeySource) -> String {
    let text = source.to_string();
    text.strip_prefix("the ").map_or(text.clone(), |rest| format!("The {rest}"))
}
