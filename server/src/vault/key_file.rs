//! The key file: 64 hexadecimal digits, or two such lines during a rotation; readable only by its owner.

use super::key::{Key, KeyError};
use crate::entropy::Entropy;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Reads the key file.
///
/// # Errors
/// See [`KeyError`].
pub fn read(path: &Path) -> Result<Vec<Key>, KeyError> {
    let metadata = fs::metadata(path).map_err(KeyError::from)?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Exposed(mode));
    }
    let bytes = Zeroizing::new(fs::read(path).map_err(KeyError::from)?);
    Key::parse_all(std::str::from_utf8(&bytes).map_err(|_| KeyError::Form)?)
}

/// Creates a key and writes it to a new file. The file appears complete or not at all: a start that fails because the
/// disk is full must not leave a partial file that would break later starts.
///
/// # Errors
/// [`KeyError::Io`], including if the file exists already.
pub fn create(path: &Path, entropy: &dyn Entropy) -> Result<Key, KeyError> {
    let key = Key::random(entropy);
    // A hard link, unlike a rename, does not replace a key that another process has created in the meantime.
    write(path, std::slice::from_ref(&key), |unfinished| {
        fs::hard_link(unfinished.path, path)?;
        fs::remove_file(unfinished.path)
    })?;
    Ok(key)
}

/// Replaces the keys in an existing file, which keeps its owner. It holds the old keys or the new ones at any time.
///
/// # Errors
/// [`KeyError::Io`].
pub fn replace(path: &Path, keys: &[Key]) -> Result<(), KeyError> {
    // What a link leads to, not the link.
    let path = fs::canonicalize(path)?;
    let owner = fs::metadata(&path)?;
    write(&path, keys, |unfinished| {
        let own = unfinished.file.metadata()?;
        if (own.uid(), own.gid()) != (owner.uid(), owner.gid()) {
            fchown(unfinished.file, Some(owner.uid()), Some(owner.gid()))?;
        }
        fs::rename(unfinished.path, &path)
    })
}

/// A complete file under another name.
struct Unfinished<'a> {
    file: &'a File,
    path: &'a Path,
}

/// Writes a file beside the path, lets `publish` give it its name, and syncs both.
fn write(path: &Path, keys: &[Key], publish: impl FnOnce(Unfinished<'_>) -> io::Result<()>) -> Result<(), KeyError> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".part");
    let unfinished = PathBuf::from(unfinished);
    let _ = fs::remove_file(&unfinished);
    let written = write_keys(&unfinished, keys).and_then(|file| publish(Unfinished { file: &file, path: &unfinished }));
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    // Not an error of a missing file, which would mean something else.
    written.map_err(KeyError::Io)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn write_keys(path: &Path, keys: &[Key]) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    for key in keys {
        file.write_all(key.expose().as_bytes())?;
        file.write_all(b"\n")?;
    }
    file.sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_keys_in_a_file_are_replaced_and_a_link_to_it_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real.key"), folder.path().join("portolan.key"));
        let old = create(&file, &SystemEntropy).unwrap();
        assert!(create(&file, &SystemEntropy).is_err(), "it exists");
        symlink(&file, &link).unwrap();
        let both = [old, Key::random(&SystemEntropy)];
        replace(&link, &both).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        for path in [&file, &link] {
            assert_eq!(read(path).unwrap(), both);
        }
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        replace(&link, &both[1..]).unwrap();
        assert_eq!(read(&file).unwrap(), both[1..]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
    }
}
