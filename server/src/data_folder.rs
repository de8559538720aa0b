//! The data folder: database, key and lock.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A data folder, locked by this process.
pub struct DataFolder {
    path: PathBuf,
    /// Holds the lock for as long as it is open.
    _lock: File,
}

/// Why the folder cannot be used.
#[derive(Debug, Error)]
pub enum FolderError {
    #[error("another instance is using it")]
    Taken,
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl DataFolder {
    /// The name of the SQLite file.
    pub const DATABASE: &str = "portolan.db";

    /// Locks the folder, and creates it if it is missing.
    ///
    /// # Errors
    /// See [`FolderError`].
    pub fn take(path: &Path) -> Result<Self, FolderError> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let path = fs::canonicalize(path)?;
        let mode = fs::metadata(&path)?.permissions().mode();
        if mode & 0o022 != 0 {
            tracing::warn!(path = %path.display(), "other users can write to the data folder; restrict it to its owner with chmod 700");
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

    pub fn database(&self) -> PathBuf {
        self.path.join(Self::DATABASE)
    }

    /// The default path of the key file.
    pub fn key_file(&self) -> PathBuf {
        self.path.join("portolan.key")
    }
}
