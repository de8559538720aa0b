//! A file that appears complete or not at all, and never in place of another.

use super::sqlite::with_suffix;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{self, Path, PathBuf};
use thiserror::Error;

/// An unfinished file beside its destination, readable only by its owner. Removed if dropped.
pub struct PartFile {
    file: File,
    part: PathBuf,
    destination: PathBuf,
}

/// Why a file cannot be written.
#[derive(Debug, Error)]
pub enum PartFileError {
    #[error("{path} exists already. Name another file, or move it away first.", path = .0.display())]
    Exists(PathBuf),
    #[error("Another command is writing {path}. Wait until it has ended.", path = .0.display())]
    InUse(PathBuf),
    #[error("There is no room for {path}. Free some, or name a file on another disk.", path = .0.display())]
    DiskFull(PathBuf),
    /// SQLite takes only such names.
    #[error("The path {path} is not in UTF-8. Name another file.", path = .0.display())]
    NotUtf8(PathBuf),
    #[error(
        "{path} cannot be written: {1}. Check that its folder exists, and that this user may write to it.",
        path = .0.display()
    )]
    Io(PathBuf, #[source] io::Error),
}

impl PartFile {
    /// Creates an empty part file, and replaces that of an interrupted command.
    ///
    /// # Errors
    /// If the destination exists, or the part file cannot be created.
    pub fn create(destination: &Path) -> Result<Self, PartFileError> {
        // Never relative: SQLite reads a name that begins with `file:` as a URI.
        let destination = path::absolute(destination).map_err(|error| of(destination, error))?;
        if destination.to_str().is_none() {
            return Err(PartFileError::NotUtf8(destination));
        }
        // Also a link that leads nowhere.
        if fs::symlink_metadata(&destination).is_ok() {
            return Err(PartFileError::Exists(destination));
        }
        let part = with_suffix(&destination, ".part");
        remove_leftover(&part, &destination)?;
        // Always a new file: anyone else with write access to the folder could have placed a symbolic link there.
        let created = File::options().create_new(true).write(true).mode(0o600).open(&part);
        let file = created.map_err(|error| of(&destination, error))?;
        lock(&file, &destination)?;
        Ok(Self { file, part, destination })
    }

    pub fn path(&self) -> &Path {
        &self.part
    }

    /// Fills it with the content of a file.
    ///
    /// # Errors
    /// If that cannot be copied completely.
    pub fn copy_from(&mut self, source: &mut File) -> Result<(), PartFileError> {
        io::copy(source, &mut self.file).map(|_| ()).map_err(|error| self.error(error))
    }

    /// Puts it in place, on disk. Returns its size in bytes.
    ///
    /// # Errors
    /// If the destination exists by now, or the disk fails.
    pub fn publish(self) -> Result<u64, PartFileError> {
        self.file.sync_all().map_err(|error| self.error(error))?;
        let size = self.file.metadata().map_err(|error| self.error(error))?.len();
        // A hard link, unlike a rename, does not replace a file that has appeared in the meantime.
        match fs::hard_link(&self.part, &self.destination) {
            // Not every file system has hard links.
            Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::Unsupported) => {
                self.rename().map_err(|error| self.error(error))?;
            }
            linked => linked.map_err(|error| self.error(error))?,
        }
        let folder = self.destination.parent().unwrap_or(Path::new("/"));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| self.error(error))?;
        Ok(size)
    }

    /// Renames it, over an empty file that this process has just created.
    fn rename(&self) -> io::Result<()> {
        File::options().create_new(true).write(true).mode(0o600).open(&self.destination)?;
        fs::rename(&self.part, &self.destination).inspect_err(|_| {
            let _ = fs::remove_file(&self.destination);
        })
    }

    fn error(&self, error: io::Error) -> PartFileError {
        of(&self.destination, error)
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // Gone if it was renamed.
        let _ = fs::remove_file(&self.part);
    }
}

/// Removes the part file of a command that has ended.
fn remove_leftover(part: &Path, destination: &Path) -> Result<(), PartFileError> {
    let mut _leftover = None;
    if fs::symlink_metadata(part).is_ok_and(|metadata| metadata.is_file()) {
        let leftover = File::open(part).map_err(|error| of(destination, error))?;
        lock(&leftover, destination)?;
        // Locked until it is gone: another command may be about to replace it.
        _leftover = Some(leftover);
    }
    match fs::remove_file(part) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(of(destination, error)),
        _ => Ok(()),
    }
}

/// Keeps another command from taking the file for a leftover. Not every file system has locks.
fn lock(file: &File, destination: &Path) -> Result<(), PartFileError> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(PartFileError::InUse(destination.to_owned())),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

fn of(destination: &Path, error: io::Error) -> PartFileError {
    let destination = destination.to_owned();
    match error.kind() {
        ErrorKind::AlreadyExists => PartFileError::Exists(destination),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => PartFileError::DiskFull(destination),
        _ => PartFileError::Io(destination, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_that_appears_in_the_meantime_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        for publish in
            [PartFile::publish, |part: PartFile| part.rename().map(|()| 0).map_err(|error| part.error(error))]
        {
            let part = PartFile::create(&file).unwrap();
            fs::write(part.path(), "ours").unwrap();
            fs::write(&file, "theirs").unwrap();
            assert!(matches!(publish(part), Err(PartFileError::Exists(_))));
            assert_eq!(fs::read_to_string(&file).unwrap(), "theirs");
            assert_eq!(names(folder.path()), ["file"]);
            fs::remove_file(&file).unwrap();
        }
        let part = PartFile::create(&file).unwrap();
        fs::write(part.path(), "ours").unwrap();
        part.rename().unwrap();
        drop(part);
        assert_eq!(names(folder.path()), ["file"]);
        assert_eq!(fs::read_to_string(&file).unwrap(), "ours");
    }

    #[test]
    fn a_leftover_is_replaced_but_not_the_part_file_of_another_command() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "not to be overwritten").unwrap();
        symlink(&elsewhere, folder.path().join("file.part")).unwrap();
        drop(PartFile::create(&file).unwrap());
        fs::write(folder.path().join("file.part"), "half of it").unwrap();
        fs::set_permissions(folder.path().join("file.part"), fs::Permissions::from_mode(0o644)).unwrap();

        let mut part = PartFile::create(&file).unwrap();
        assert!(matches!(PartFile::create(&file), Err(PartFileError::InUse(_))));
        assert!(part.path().exists());
        part.copy_from(&mut File::open(&elsewhere).unwrap()).unwrap();
        part.publish().unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "not to be overwritten");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(PartFile::create(&file), Err(PartFileError::Exists(_))));
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = PartFile::create(&folder.path().join("missing/file")).err().unwrap().to_string();
        assert!(error.contains("missing/file cannot be written") && error.contains("folder exists"), "{error}");
    }
}
