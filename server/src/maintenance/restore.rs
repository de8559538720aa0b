//! Puts a backup in place of a missing database.

use crate::data_folder::{DataFolder, FolderError};
use crate::storage::{CopyRejected, PartFile, PartFileError, SealedWith, verify_copy, with_suffix};
use crate::vault::{KeyError, KeySource, Vault};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What was restored.
#[derive(Debug, PartialEq, Eq)]
pub struct Restored {
    pub database: PathBuf,
    /// Where a server will look for the key.
    pub key: KeySource,
    /// The ids of the keys that have to be put there, if there are none yet.
    pub missing_keys: Vec<String>,
}

/// Why a backup was not restored. Nothing was changed.
#[derive(Debug, Error)]
pub enum RestoreError {
    #[error("The backup {path} cannot be read: {1}.", path = .0.display())]
    Backup(PathBuf, #[source] io::Error),
    /// What it holds is in part in the log beside it.
    #[error(
        "{path} is not a backup: it has a write-ahead log, {path}-wal. Put it where it belongs with portolan move --from {path}.",
        path = .0.display()
    )]
    HasLog(PathBuf),
    #[error("{path} cannot be restored: {1}.", path = .0.display())]
    Rejected(PathBuf, #[source] CopyRejected),
    #[error("Another Portolan instance is using {path}. Stop it first.", path = .0.display())]
    FolderTaken(PathBuf),
    #[error("The data folder {path} cannot be used: {1}.", path = .0.display())]
    Folder(PathBuf, #[source] io::Error),
    /// Part of a database is there already.
    #[error("There is {path} already. Move it away first, with its -wal and -shm if they exist.", path = .0.display())]
    DatabaseExists(PathBuf),
    #[error("Cannot use {0}: {1}.")]
    Key(KeySource, #[source] KeyError),
    #[error(
        "The passwords in the backup are sealed with key {expected}, but {key} holds {actual}. Name the right one with --key-file, --key-command or PORTOLAN_KEY, or move a wrong file away."
    )]
    OtherKey { key: KeySource, actual: String, expected: String },
    /// No server would start on it.
    #[error("{path} holds sealed passwords, but the record of their key is gone. Use an earlier backup.", path = .0.display())]
    KeyUnknown(PathBuf),
    #[error(transparent)]
    File(#[from] PartFileError),
}

/// Puts a backup in place as the database of a data folder, which must have none.
///
/// # Errors
/// See [`RestoreError`].
pub async fn restore(backup: &Path, data: &Path, key: Option<KeySource>) -> Result<Restored, RestoreError> {
    let unreadable = |error| RestoreError::Backup(backup.to_owned(), error);
    let mut source = File::open(backup).map_err(unreadable)?;
    if source.metadata().map_err(unreadable)?.is_dir() {
        return Err(unreadable(io::ErrorKind::IsADirectory.into()));
    }
    if fs::metadata(with_suffix(backup, "-wal")).is_ok_and(|log| log.len() > 0) {
        return Err(RestoreError::HasLog(backup.to_owned()));
    }
    let folder = DataFolder::take(data).map_err(|error| match error {
        FolderError::Taken => RestoreError::FolderTaken(data.to_owned()),
        FolderError::Io(error) => RestoreError::Folder(data.to_owned(), error),
    })?;
    let database = folder.database();
    // A log would be replayed over the restored database.
    for file in ["", "-wal", "-shm"].map(|suffix| with_suffix(&database, suffix)) {
        if fs::symlink_metadata(&file).is_ok() {
            return Err(RestoreError::DatabaseExists(file));
        }
    }
    let mut part = PartFile::create(&database)?;
    part.copy_from(&mut source)?;
    let rejected = |error| RestoreError::Rejected(backup.to_owned(), error);
    let sealed_with = verify_copy(part.path()).await.map_err(rejected)?;
    let key = key.unwrap_or_else(|| KeySource::File(folder.key_file()));
    let missing_keys = verify_keys(backup, &key, sealed_with).await?;
    part.publish()?;
    Ok(Restored { database, key, missing_keys })
}

/// Returns the ids of the keys if their file is missing.
async fn verify_keys(backup: &Path, source: &KeySource, sealed_with: SealedWith) -> Result<Vec<String>, RestoreError> {
    let needed = match sealed_with {
        SealedWith::Nothing => return Ok(Vec::new()),
        SealedWith::Unknown => return Err(RestoreError::KeyUnknown(backup.to_owned())),
        SealedWith::Keys(needed) => needed,
    };
    match (source, source.read().await) {
        (KeySource::File(_), Err(KeyError::Missing)) => Ok(needed.into_iter().map(|key| key.id).collect()),
        (_, Err(error)) => Err(RestoreError::Key(source.clone(), error)),
        (_, Ok(keys)) => {
            let vault = Vault::new(&keys);
            match needed.into_iter().find(|key| !vault.has_key(&key.id, &key.proof)) {
                None => Ok(Vec::new()),
                Some(missing) => {
                    let actual = format!("key {}", vault.key_ids().join(" and key "));
                    Err(RestoreError::OtherKey { key: source.clone(), actual, expected: missing.id })
                }
            }
        }
    }
}
