//! Where keys come from.

use super::key::{Key, KeyError};
use super::{key_command, key_file};
use domain::Secret;
use std::fmt;
use std::path::PathBuf;

/// Where the key comes from; during a rotation, both keys. Displayed as part of a sentence, without any of its content.
#[derive(Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A file that only its owner may read.
    File(PathBuf),
    /// The content of the environment variable `PORTOLAN_KEY`.
    Variable(Secret),
    /// A command that prints it.
    Command(String),
}

impl KeySource {
    /// Reads the key, or both keys. A variable never changes while a process runs; the others are read again.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub async fn read(&self) -> Result<Vec<Key>, KeyError> {
        match self {
            Self::File(path) => key_file::read(path),
            Self::Variable(text) => Key::parse_all(text.expose()),
            Self::Command(command) => Key::parse_all(&key_command::run(command).await?),
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the key file {}", path.display()),
            Self::Variable(_) => f.write_str("the variable PORTOLAN_KEY"),
            // It may contain a password for the place where the key is kept.
            Self::Command(_) => f.write_str("the key command"),
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
