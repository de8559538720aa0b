//! The folder that holds everything: database, key and lock.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A data folder that this process has for itself.
pub struct DataFolder {
    path: PathBuf,
    /// The lock is held as long as this file is open.
    _lock: File,
}

/// Why the folder cannot be had.
#[derive(Debug)]
pub enum FolderError {
    /// Another server has it.
    Taken,
    /// The operating system says no.
    Io(io::Error),
}

impl DataFolder {
    /// Takes the folder, and makes it where it is missing.
    ///
    /// # Errors
    /// See [`FolderError`].
    pub fn take(path: &Path) -> Result<Self, FolderError> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(FolderError::Io)?;
        let path = fs::canonicalize(path).map_err(FolderError::Io)?;
        let mode = fs::metadata(&path).map_err(FolderError::Io)?.permissions().mode();
        if mode & 0o022 != 0 {
            tracing::warn!(path = %path.display(), "others can write to the data folder; allow its owner alone, with chmod 700");
        }
        let mut options = File::options();
        options.create(true).truncate(false).write(true).mode(0o600);
        let lock = options.open(path.join("portolan.lock")).map_err(FolderError::Io)?;
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

    /// The key, where the operator names no other.
    pub fn key_file(&self) -> PathBuf {
        self.path.join("portolan.key")
    }
}
