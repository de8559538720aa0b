//! The key file: 64 hexadecimal digits, readable only by its owner.

use crate::entropy::Entropy;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use thiserror::Error;
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;

/// A key of 256 bits. Wiped from memory when dropped; never printed.
pub struct Key(Zeroizing<[u8; KEY_BYTES]>);

/// Why a key file cannot be used.
#[derive(Debug, Error)]
pub enum KeyError {
    #[error("file not found")]
    Missing,
    /// Other users may read or write it. Holds its permission bits.
    #[error("others may read it (mode {0:o}); allow its owner alone, with chmod 600")]
    Exposed(u32),
    #[error("it does not hold a key: 64 hexadecimal digits")]
    Form,
    #[error(transparent)]
    Io(io::Error),
}

impl Key {
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(super) fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Reads the key file.
///
/// # Errors
/// See [`KeyError`].
pub fn read(path: &Path) -> Result<Key, KeyError> {
    let metadata = fs::metadata(path).map_err(KeyError::from)?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Exposed(mode));
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(KeyError::from)?);
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    const_hex::decode_to_slice(text.trim_ascii_end(), bytes.as_mut_slice()).map_err(|_| KeyError::Form)?;
    Ok(Key(bytes))
}

/// Creates a key and writes it to a new file. The file appears complete or not at all: a start that fails because the
/// disk is full must not leave a partial file that would break later starts.
///
/// # Errors
/// [`KeyError::Io`], including if the file exists already.
pub fn create(path: &Path, entropy: &dyn Entropy) -> Result<Key, KeyError> {
    let mut bytes = [0; KEY_BYTES];
    entropy.fill(&mut bytes);
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".part");
    let unfinished = Path::new(&unfinished);
    let _ = fs::remove_file(unfinished);
    // A hard link, unlike a rename, does not replace a key that another process has created in the meantime.
    let made = write_key(unfinished, bytes).and_then(|()| fs::hard_link(unfinished, path));
    let _ = fs::remove_file(unfinished);
    made?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(Key::from_bytes(bytes))
}

fn write_key(path: &Path, bytes: [u8; KEY_BYTES]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let text = Zeroizing::new(const_hex::encode(bytes));
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

impl From<io::Error> for KeyError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::Missing } else { Self::Io(error) }
    }
}
