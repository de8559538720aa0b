//! Keys, and what is wrong with one.

use crate::entropy::Entropy;
use sha2::{Digest, Sha256};
use std::fmt;
use std::io;
use std::process::ExitStatus;
use thiserror::Error;
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;

/// A key of 256 bits. Wiped from memory when dropped; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Zeroizing<[u8; KEY_BYTES]>);

/// Why a key cannot be read or written.
#[derive(Debug, Error)]
pub enum KeyError {
    #[error("file not found")]
    Missing,
    /// Other users may read or write it. Holds its permission bits.
    #[error("others may read it (mode {0:o}); allow its owner alone, with chmod 600")]
    Exposed(u32),
    /// Shorter, longer, or something else.
    #[error("it does not hold a key: 64 hexadecimal digits; during a rotation two keys, one a line")]
    Form,
    /// A rotation from a key to the same key would change nothing.
    #[error("it holds the same key twice. Make another one, with: openssl rand -hex 32")]
    Same,
    #[error(transparent)]
    Io(io::Error),
    #[error("its quotes are not closed")]
    Quotes,
    #[error("it cannot be run: {0}")]
    NotRun(#[source] io::Error),
    /// What the command says about it may contain the key.
    #[error("it failed ({0}). Run it by hand to see what it says")]
    Failed(ExitStatus),
    #[error("it has not ended after {0} seconds")]
    TimedOut(u64),
    #[error("it printed more than two keys")]
    TooMuch,
    #[error("it printed nothing")]
    Nothing,
}

impl Key {
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new key.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        entropy.fill(bytes.as_mut_slice());
        Self(bytes)
    }

    /// Reads one key, or two different ones: 64 hexadecimal digits each, with white space between them and after the
    /// last one.
    ///
    /// # Errors
    /// [`KeyError::Form`], [`KeyError::Same`].
    pub fn parse_all(text: &str) -> Result<Vec<Self>, KeyError> {
        let keys: Vec<_> = text.split_ascii_whitespace().map(Self::parse).collect::<Result<_, _>>()?;
        match &keys[..] {
            // The id is what secrets name their key by.
            [one, other] if one.id() == other.id() => Err(KeyError::Same),
            [_] | [_, _] => Ok(keys),
            _ => Err(KeyError::Form),
        }
    }

    fn parse(digits: &str) -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        if digits.len() != 2 * KEY_BYTES {
            return Err(KeyError::Form);
        }
        const_hex::decode_to_slice(digits, bytes.as_mut_slice()).map_err(|_| KeyError::Form)?;
        Ok(Self(bytes))
    }

    /// A hash that identifies the key without revealing anything about it.
    pub fn id(&self) -> String {
        let digest = Sha256::new().chain_update("portolan key id").chain_update(self.as_bytes()).finalize();
        const_hex::encode(&digest[..4])
    }

    /// The key in hexadecimal digits. Every call deserves a review.
    pub(super) fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(const_hex::encode(self.as_bytes()))
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

impl From<io::Error> for KeyError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::Missing } else { Self::Io(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_or_two_different_ones_are_read() {
        let [one, other] = ["1a", "2b"].map(|byte| byte.repeat(32));
        assert_eq!(Key::parse_all(&one).unwrap(), [Key::from_bytes([0x1a; 32])]);
        for text in [format!("{one}\n{other}\n"), format!("{one} {other}"), format!("{one}\r\n{other}\r\n")] {
            assert_eq!(Key::parse_all(&text).unwrap(), [0x1a, 0x2b].map(|byte| Key::from_bytes([byte; 32])));
        }
        assert!(matches!(Key::parse_all(&format!("{one}\n{}", one.to_uppercase())), Err(KeyError::Same)));
    }

    #[test]
    fn anything_else_is_not_a_key_and_is_not_repeated() {
        let key = "1a".repeat(32);
        let short = &key[..62];
        for text in ["", "\n", short, &key[..63], &format!("{key}0"), &format!("0x{short}"), &format!("{key}\n{short}")]
        {
            let error = Key::parse_all(text).unwrap_err();
            assert!(matches!(error, KeyError::Form), "{text}");
            assert!(!error.to_string().contains("1a1a"));
        }
        let three = format!("{key}\n{}\n{}", "2b".repeat(32), "3c".repeat(32));
        assert!(matches!(Key::parse_all(&three), Err(KeyError::Form)));
    }
}
