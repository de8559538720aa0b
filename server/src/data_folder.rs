//! The data folder: database, key and lock.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;
use thiserror::Error;

/// A data folder, locked by this process.
pub struct DataFolder {
    path: PathBuf,
    /// Holds the lock for as long as it is open.
    lock: File,
}

/// The name of the file that is locked.
const LOCK: &str = "portolan.lock";

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
        let lock = lock_file(&path.join(LOCK))?;
        // What the server before has announced.
        lock.set_len(0)?;
        Ok(Self { path, lock })
    }

    /// Tells other processes which keys this one can read.
    ///
    /// # Errors
    /// If that cannot be written.
    pub fn announce_keys(&self, ids: &[String]) -> io::Result<()> {
        let text: String = ids.iter().map(|id| format!("{id}\n")).collect();
        self.lock.write_all_at(text.as_bytes(), 0)?;
        self.lock.set_len(text.len() as u64)
    }

    /// The ids of the keys that the process can read which has locked this folder. None if it is not a server, or if it
    /// is just starting.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn announced_keys(path: &Path) -> io::Result<Vec<String>> {
        Ok(fs::read_to_string(path.join(LOCK))?.lines().map(str::to_owned).collect())
    }

    pub fn database(&self) -> PathBuf {
        self.path.join(Self::DATABASE)
    }

    /// The default path of the key file.
    pub fn key_file(&self) -> PathBuf {
        Self::key_file_in(&self.path)
    }

    /// The default path of the key file in this folder.
    pub fn key_file_in(path: &Path) -> PathBuf {
        path.join("portolan.key")
    }
}

/// Creates a file if it is missing, and locks it for as long as it is open. Waits up to half a second for the lock: a
/// process that has released it may have started a child, which keeps inherited files open until its `exec`.
///
/// # Errors
/// See [`FolderError`].
pub fn lock_file(path: &Path) -> Result<File, FolderError> {
    let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    let mut attempts = 1..=10;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if attempts.next().is_some() => sleep(Duration::from_millis(50)),
            Err(TryLockError::WouldBlock) => return Err(FolderError::Taken),
            Err(TryLockError::Error(error)) => return Err(FolderError::Io(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::scope;

    #[test]
    fn a_folder_that_is_released_in_a_moment_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let server = DataFolder::take(folder.path()).unwrap();
        let taken = scope(|scope| {
            let taken = scope.spawn(|| DataFolder::take(folder.path()));
            sleep(Duration::from_millis(100));
            drop(server);
            taken.join().unwrap()
        });
        assert!(taken.is_ok());
    }

    #[test]
    fn the_keys_of_a_server_are_announced_until_another_process_takes_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let announced = || DataFolder::announced_keys(folder.path()).unwrap();
        let server = DataFolder::take(folder.path()).unwrap();
        assert_eq!(announced(), [""; 0]);
        for ids in [vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]] {
            server.announce_keys(&ids).unwrap();
            assert_eq!(announced(), ids);
        }
        assert!(matches!(DataFolder::take(folder.path()), Err(FolderError::Taken)));
        assert_eq!(announced(), ["c"], "a refused process changes nothing");
        drop(server);
        let _other = DataFolder::take(folder.path()).unwrap();
        assert_eq!(announced(), [""; 0]);
    }
}
