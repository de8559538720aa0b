//! The folder that holds everything: database, key and lock.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A data folder that only this process uses.
pub struct DataFolder {
    path: PathBuf,
    /// The lock is held as long as this file is open.
    _lock: File,
}

/// Why the folder cannot be used.
#[derive(Debug, Error)]
pub enum FolderError {
    /// Another server uses it.
    #[error("another instance is using it")]
    Taken,
    /// The operating system refuses access.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl DataFolder {
    /// Takes the folder, and creates it if it is missing.
    ///
    /// # Errors
    /// See [`FolderError`].
    pub fn take(path: &Path) -> Result<Self, FolderError> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let path = fs::canonicalize(path)?;
        let mode = fs::metadata(&path)?.permissions().mode();
        if mode & 0o022 != 0 {
            tracing::warn!(path = %path.display(), "others can write to the data folder; allow its owner alone, with chmod 700");
        }
        let mut options = File::options();
        options.create(true).truncate(false).write(true).mode(0o600);
        let lock = options.open(path.join("portolan.lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(FolderError::Taken),
            Err(TryLockError::Error(error)) => Err(FolderError::Io(error)),
        }
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.path.join("portolan.db")
    }

    /// The key, unless the operator names another file.
    pub fn key_file(&self) -> PathBuf {
        self.path.join("portolan.key")
    }
}
