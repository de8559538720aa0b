//! The file that holds the key: 64 hexadecimal digits, legible by its owner alone.

use crate::entropy::Entropy;
use crate::hex;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use thiserror::Error;
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;

/// A key of 256 bits. Wiped from memory when it is dropped; never printed.
pub struct Key(Zeroizing<[u8; KEY_BYTES]>);

/// Why a key file cannot be used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// There is no such file.
    #[error("file not found")]
    Missing,
    /// Others than its owner may read or write it. These are its permission bits.
    #[error("others may read it (mode {0:o}); allow its owner alone, with chmod 600")]
    Exposed(u32),
    /// It does not contain 64 hexadecimal digits.
    #[error("it does not hold a key: 64 hexadecimal digits")]
    Form,
    /// The operating system refuses access.
    #[error(transparent)]
    Io(io::Error),
}

impl Key {
    /// A key of these bytes.
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

/// Reads the key.
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
    let bytes = Zeroizing::new(hex::decode(text.trim_ascii_end()).ok_or(KeyError::Form)?);
    bytes.as_slice().try_into().map(Key::from_bytes).map_err(|_| KeyError::Form)
}

/// Creates a key and writes it to a file that did not exist before. The file is complete or not there at all: a start on
/// a full disk leaves nothing behind that would stop a later one.
///
/// # Errors
/// [`KeyError::Io`], also if the file exists.
pub fn create(path: &Path, entropy: &dyn Entropy) -> Result<Key, KeyError> {
    let mut bytes = [0; KEY_BYTES];
    entropy.fill(&mut bytes);
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".part");
    let unfinished = Path::new(&unfinished);
    let _ = fs::remove_file(unfinished);
    // A link, not a rename: it does not replace a key that another start has created in the meantime.
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
    let text = Zeroizing::new(hex::encode(bytes) + "\n");
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

impl From<io::Error> for KeyError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::Missing } else { Self::Io(error) }
    }
}
